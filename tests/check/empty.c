/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program of the link checks: all of it is the module that is linked. */
int main(void)
{
	return 0;
}

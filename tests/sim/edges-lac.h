/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * More steps, of links of PPPoE subscribers who go on to LNSs; included by cover.c, see edges.h
 * and edges-hop.h.
 */
{ "ppp/authenticate->forwarded", false },
{ "ppp/forwarded->gone", false },

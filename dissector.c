/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints twinrp-tables.lua, which tells the dissector of captured IPC channels
 * (scenarios/twinrp.lua) what messages, checkpoint records and fields there are.  Run by the
 * build, so that the dissector and the program always agree.
 */
#include "chassis/messages.h"
#include "rp/rp.h"

#include <stdio.h>

static const char *const kinds[] = {
	[REC_U8] = "u8",
	[REC_U16] = "u16",
	[REC_U32] = "u32",
	[REC_U64] = "u64",
	[REC_BOOL] = "bool",
	[REC_IPV4] = "ipv4",
	[REC_TIME] = "time",
	[REC_STR] = "str",
	[REC_BYTES] = "bytes",
};

static void print_kind(unsigned number, const char *name, const struct rec_table *t)
{
	printf("\t\t[%u] = { name = \"%s\", fields = {\n", number, name);
	for (size_t i = 0; t && i < t->n_fields; i++) {
		const struct rec_field *f = &t->fields[i];

		printf("\t\t\t[%u] = { name = \"%s\", kind = \"%s\"%s },\n", f->id, f->name,
			kinds[f->kind], f->flags & REC_SECRET ? ", secret = true" : "");
	}
	printf("\t\t} },\n");
}

static void print_slots(void)
{
	char name[12];

	printf("\tslots = {\n");
	for (unsigned slot = 0; slot < N_SLOTS; slot++)
		printf("\t\t[%u] = \"%s\",\n", slot, slot_name(slot, name));
	printf("\t},\n");
}

static void print_messages(void)
{
	printf("\tmessages = {\n");
	for (unsigned type = IPC_NONE + 1; type < N_IPC_TYPES; type++)
		print_kind(type, ipc_type_name(type), ipc_table(type));
	printf("\t},\n");
}

static void print_records(void)
{
	printf("\trecords = {\n");
	for (unsigned client = 1; client <= UINT8_MAX; client++) {
		bool any = false;

		for (unsigned type = 1; type <= UINT8_MAX; type++) {
			g_autofree char *name = rp_ckpt_name(client, type);

			if (!name)
				continue;
			if (!any)
				printf("\t[%u] = {\n", client);
			any = true;
			print_kind(type, name, rp_ckpt_table(client, type));
		}
		if (any)
			printf("\t},\n");
	}
	printf("\t},\n");
}

int main(void)
{
	printf("-- Made by the build from the record tables of the program.\n"
	       "return {\n");
	print_slots();
	print_messages();
	print_records();
	printf("}\n");
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reader of classic pcap files, for golden captures.  No libpcap: tests of the engines
 * link nothing but the engine.
 */
#pragma once

#include "base/time.h"

#include <glib.h>

struct pcap_packet {
	base_time at; /* since the first packet */
	GBytes *bytes;
};

struct pcap_file {
	unsigned link;      /* link type: 1 is Ethernet */
	GPtrArray *packets; /* of struct pcap_packet, owned */
};

/* NULL and error when the file cannot be read or is not a whole pcap file. */
struct pcap_file *pcap_file_read(const char *path, GError **error);
void pcap_file_free(struct pcap_file *f);

/* A golden capture by name ("radius-pap.pcap"); a missing one stops the test. */
struct pcap_file *pcap_golden(const char *name);

static inline const struct pcap_packet *pcap_file_packet(
	const struct pcap_file *f, unsigned i)
{
	return f->packets->pdata[i];
}

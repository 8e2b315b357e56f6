/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of the running configuration that concerns AAA: method lists, RADIUS servers and
 * their groups, who may send CoA and Disconnect.  Plain data, as in config.h; a number that is 0
 * and a string that is NULL are "not configured".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

enum {
	AAA_NAME_MAX = 64, /* of lists, groups and servers, with NUL */
	AAA_METHODS_MAX = 4,
	AAA_LISTS_MAX = 64,
	AAA_SERVERS_MAX = 64,
	AAA_GROUPS_MAX = 32,
	AAA_GROUP_SERVERS_MAX = 16,
	AAA_CLIENTS_MAX = 64,
	AAA_KEY_MAX = 129,
	AAA_AUTH_PORT_DEFAULT = 1812,
	AAA_ACCT_PORT_DEFAULT = 1813,
	AAA_DAS_PORT_DEFAULT = 3799,
};

enum aaa_service {
	AAA_AUTHEN_LOGIN,
	AAA_AUTHEN_PPP,
	AAA_AUTHOR_NETWORK,
	AAA_ACCT_NETWORK,
};

enum aaa_method_kind {
	AAA_GROUP, /* servers of a group; "radius": all */
	AAA_LOCAL,
	AAA_NO, /* `none`: passes */
};

struct aaa_method {
	uint8_t kind; /* enum aaa_method_kind */
	char group[AAA_NAME_MAX];
};

enum aaa_record { AAA_RECORD_NONE, AAA_RECORD_START_STOP, AAA_RECORD_STOP_ONLY };

struct aaa_list {
	uint8_t service; /* enum aaa_service */
	char *name;      /* "default" */
	struct aaa_method methods[AAA_METHODS_MAX];
	unsigned n_methods;
	uint8_t record; /* accounting: enum aaa_record */
};

struct aaa_server {
	char *name;
	uint32_t ip;
	uint16_t auth_port, acct_port;
	char *key;
	uint16_t timeout_s;
	bool retransmit_set;
	uint8_t retransmit;
	bool no_message_authenticator; /* no message-authenticator required */
	uint32_t local_ip; /* found by the RP: where packets to it come from; 0: no way */
};

struct aaa_group {
	char *name;
	GPtrArray *servers; /* names, char *, in order */
	uint32_t deadtime_min;
};

struct aaa_client { /* may send CoA and Disconnect */
	uint32_t ip;
	char *key; /* NULL: the common one */
};

struct aaa_config {
	bool new_model;
	GPtrArray *lists;   /* struct aaa_list *, in order of configuration, as all of these */
	GPtrArray *servers; /* struct aaa_server * */
	GPtrArray *groups;  /* struct aaa_group * */
	uint16_t timeout_s; /* radius-server ...: for servers that do not say otherwise */
	bool retransmit_set;
	uint8_t retransmit;
	char *key;
	uint16_t deadtime_min, dead_s, dead_tries;
	char *source; /* ip radius source-interface */
	uint32_t update_min; /* aaa accounting update periodic */
	char *tunnel_author; /* vpdn tunnel authorization network: a list's name */
	char *tunnel_password; /* ... password */
	char *tunnel_acct, *session_acct; /* vpdn tunnel, session accounting network */
	bool dynamic_author; /* aaa server radius dynamic-author */
	GPtrArray *clients;  /* struct aaa_client * */
	char *das_key;
	uint16_t das_port;
};

struct aaa_config *aaa_config_new(void);
void aaa_config_free(struct aaa_config *c);
/* All back to defaults. */
void aaa_config_reset(struct aaa_config *c);

/* NULL when there is none and !create, or a limit is reached. */
struct aaa_list *aaa_config_list(
	struct aaa_config *c, enum aaa_service service, const char *name, bool create);
struct aaa_server *aaa_config_server(struct aaa_config *c, const char *name, bool create);
struct aaa_group *aaa_config_group(struct aaa_config *c, const char *name, bool create);
struct aaa_client *aaa_config_client(struct aaa_config *c, uint32_t ip, bool create);
bool aaa_config_remove_list(
	struct aaa_config *c, enum aaa_service service, const char *name);
bool aaa_config_remove_server(struct aaa_config *c, const char *name);
bool aaa_config_remove_group(struct aaa_config *c, const char *name);
bool aaa_config_remove_client(struct aaa_config *c, uint32_t ip);

/* The list that counts for a service: by name, else the default; NULL: none. */
const struct aaa_list *aaa_config_find(
	const struct aaa_config *c, enum aaa_service service, const char *name);

/* Names of the servers of a method of kind AAA_GROUP, in order, at most `max`; borrowed. */
unsigned aaa_config_method_servers(const struct aaa_config *c,
	const struct aaa_method *method, const char **names, unsigned max);

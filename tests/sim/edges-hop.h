/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * More steps, of tunnels and calls that the router opens itself; included by cover.c, see
 * edges.h.  With no LNS behind the router they are none.
 */
{ "cc/idle->wait-reply", false },
{ "cc/wait-reply->closing", true },
{ "cc/wait-reply->established", false },
{ "cc/wait-reply->gone", false },
{ "session/idle->wait-reply", false },
{ "session/idle->wait-tunnel", false },
{ "session/wait-reply->closed", true },
{ "session/wait-reply->established", false },
{ "session/wait-reply->gone", false },
{ "session/wait-tunnel->closed", true },
{ "session/wait-tunnel->gone", false },
{ "session/wait-tunnel->wait-reply", false },

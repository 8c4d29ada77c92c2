/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-client-error.c - what vitrine-net-helper's answers say to a user. */
#include <glib/gi18n-lib.h>

#include "net-client.h"
#include "vitrine-error.h"

/* The sentence takes the reply's detail where it has a "%s". */
static const struct {
    VitrineError code;
    const char *text;
} sentences[] = {
    [NET_OK] = { VITRINE_ERROR_ENGINE, "" },
    [NET_MALFORMED] = { VITRINE_ERROR_ENGINE, N_ ("The program vitrine-net-helper does not "
                                                  "understand what it is asked for "
                                                  "(%s); install Vitrine anew") },
    [NET_NO_RIGHT] = { VITRINE_ERROR_DENIED,
                       N_ ("The program vitrine-net-helper has no right to set up networks on this "
                           "computer (%s)") },
    [NET_NO_BRIDGE] = { VITRINE_ERROR_NOT_FOUND, N_ ("There is no bridge “%s” on this computer") },
    [NET_NOT_A_BRIDGE] = { VITRINE_ERROR_INVALID,
                           N_ ("The network interface “%s” is not a bridge") },
    [NET_NOT_ALLOWED] = { VITRINE_ERROR_DENIED, NULL },
    [NET_UNTRUSTED] = { VITRINE_ERROR_DENIED,
                        N_ ("%s says nothing about bridges as long as others than root can change "
                            "it: "
                            "run “sudo chown root:root” and “sudo chmod go-w” on it") },
    [NET_BAD_FILE] = { VITRINE_ERROR_INVALID, N_ ("%s cannot be read or understood: a line there "
                                                  "says “allow BRIDGE”, “deny "
                                                  "BRIDGE” or “include FILE”") },
    [NET_NOT_RUNNING] = { VITRINE_ERROR_BUSY,
                          N_ ("The network “%s” is not started; run “vitrinectl net start”") },
    [NET_RUNNING] = { VITRINE_ERROR_BUSY,
                      N_ ("A network with the name “%s” is started already on this computer") },
    [NET_NOT_OWNER] = { VITRINE_ERROR_DENIED, N_ ("The network “%s” was started by another user") },
    [NET_BRIDGE_TAKEN] = { VITRINE_ERROR_EXISTS, N_ ("There is a network interface “%s” already; "
                                                     "give the network’s bridge "
                                                     "another name") },
    [NET_OVERLAPS] = { VITRINE_ERROR_EXISTS, N_ ("The network’s addresses are taken: they overlap "
                                                 "with %s of this computer; "
                                                 "choose others") },
    [NET_NO_UPLINK] = { VITRINE_ERROR_NOT_FOUND,
                        N_ ("There is no network interface “%s” on this computer to lead out by") },
    [NET_IPV6_AUTOMATIC] = { VITRINE_ERROR_UNSUPPORTED,
                             N_ ("Forwarding IPv6 would take the route from this computer that "
                                 "“%s” "
                                 "was told by its router; run “sudo sysctl "
                                 "net.ipv6.conf.%s.accept_ra=2” first") },
    [NET_NO_PROGRAM] = { VITRINE_ERROR_UNSUPPORTED,
                         N_ ("The program “%s”, which networks need, is not installed") },
    [NET_PROGRAM_FAILED] = { VITRINE_ERROR_ENGINE, N_ ("The network cannot be started: %s") },
    [NET_NOT_A_TAP] = { VITRINE_ERROR_NOT_FOUND, N_ ("There is no tap “%s” of yours any more") },
    [NET_NIC_WIRELESS] = { VITRINE_ERROR_UNSUPPORTED,
                           N_ ("“%s” is wireless, and a radio sends under one address only: put "
                               "machines on a NAT network instead") },
    [NET_NIC_TAKEN] = { VITRINE_ERROR_BUSY,
                        N_ ("“%s” is part of a bridge already, or shared by machines in another "
                            "way; name that bridge, or choose another network interface") },
    [NET_NIC_MANAGED] = { VITRINE_ERROR_BUSY,
                          N_ ("“%s” is managed by NetworkManager or systemd-networkd, which would "
                              "undo this: have that make the bridge and name it with --bridge, or "
                              "run “nmcli device set %s managed no” first") },
    [NET_NIC_LEASED] = { VITRINE_ERROR_BUSY,
                         N_ ("The address of “%s” is leased by DHCP, and would be lost when nobody "
                             "renews it on the bridge: give it a fixed one, or have your system "
                             "make the bridge and name that with --bridge") },
    [NET_NIC_OTHER] = { VITRINE_ERROR_INVALID,
                        N_ ("The network interface “%s” is not an Ethernet card, which alone "
                            "machines can share") },
    [NET_NIC_DOWN] = { VITRINE_ERROR_BUSY,
                       N_ ("The network interface “%s” is switched off: run “sudo ip link set %s "
                           "up” first") },
    [NET_SYSTEM] = { VITRINE_ERROR_ENGINE, N_ ("This computer’s network cannot be set up: %s") },
};
G_STATIC_ASSERT (G_N_ELEMENTS (sentences) == NET_STATUS_N);

/* TEXT with DETAIL in place of each "%s": a translation is no format. */
static char *
fill_in (const char *text, const char *detail)
{
    g_auto (GStrv) parts = g_strsplit (text, "%s", -1);

    return g_strjoinv (detail, parts);
}

void
net_client_set_error (const struct net_header *request, const struct net_reply *reply,
                      GError **error)
{
    const char *text = sentences[reply->status].text;
    const struct net_tap *tap = (const struct net_tap *) request;
    const char *bridge = request->op == NET_TAP       ? tap->bridge
                         : request->op == NET_MACVTAP ? ((const struct net_macvtap *) request)->nic
                                                      : "";
    g_autofree char *sentence = NULL;

    if (reply->status == NET_NOT_ALLOWED)
        sentence = g_strdup_printf (
            _ ("Machines may not be put on the bridge “%s”: root allows it with the "
               "line “allow %s” in %s"),
            bridge, bridge, reply->detail);
    else
        sentence = fill_in (_ (text), reply->detail);
    g_set_error_literal (error, VITRINE_ERROR, sentences[reply->status].code, sentence);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-protocol.h - what vitrine-net-helper is asked for, and what it answers.
 *
 * The helper's standard input is one end of an AF_UNIX SOCK_SEQPACKET pair on which one request waits;
 * it answers with one struct net_reply, to which the descriptors of a tap, and then one that keeps the rules for it,
 * are attached, and ends.  Its one
 * argument says which kind of request that is, so that a policy may tell them apart: NET_ARGUMENT_TAP,
 * NET_ARGUMENT_MACVTAP or NET_ARGUMENT_NETWORK.  Texts end with a NUL within their field; what follows it, and what is reserved,
 * is zero.  Addresses are in network byte order.
 */
#pragma once

#include <stdint.h>

#define NET_VERSION 2

#define NET_ARGUMENT_TAP     "tap"
#define NET_ARGUMENT_NETWORK "network"
#define NET_ARGUMENT_MACVTAP "macvtap"

#define NET_LINK_BYTES   16 /* a network interface's name: IFNAMSIZ */
#define NET_NAME_BYTES   48 /* a network's */
#define NET_DOMAIN_BYTES 128
#define NET_HOST_BYTES   64
#define NET_MAX_HOSTS    256
#define NET_DETAIL_BYTES 384
#define NET_MAX_ADDRESSES 4      /* of a guest, of each family */
#define NET_MAX_QUEUES    8      /* of a tap, with a descriptor each */
#define NET_TAP_PREFIX    "vtap" /* of the names of the taps that are made */

/* What each running network's folder is in, and the files in it that anybody may read. */
#define NET_RUN_FOLDER  "/run/vitrine/networks"
#define NET_STATE_FILE  "state"  /* "KEY=VALUE" lines: bridge, uid, forward */
#define NET_LEASES_FILE "leases" /* dnsmasq's: "EXPIRY MAC ADDRESS NAME CLIENT-ID" */

enum net_op {
    NET_TAP,     /* struct net_tap: a tap on a bridge or network */
    NET_START,   /* struct net_start: a network */
    NET_STOP,    /* struct net_stop: takes all of it back, however far its start had come */
    NET_GUARD,   /* struct net_guard_change: other rules for a tap of the caller's */
    NET_MACVTAP, /* struct net_macvtap: a card of its own beside this computer's on one wire */
    NET_OP_N
};

struct net_header {
    uint32_t version; /* NET_VERSION */
    uint32_t op;
};

/* Which frames a guest may send. */
enum net_filter {
    NET_FILTER_NONE,
    NET_FILTER_MAC, /* under its card's address */
    NET_FILTER_CLEAN, /* and of IPv4, ARP and, where it has such an address, IPv6, under its own addresses */
    NET_FILTER_N
};

/* How much passes: KiB a second, and KiB. */
struct net_rate {
    uint32_t average; /* 0: as much as there is */
    uint32_t peak;    /* 0: the average */
    uint32_t burst;   /* 0: what suits the average */
};

#define NET_MAX_RATE  (2097151u) /* KiB a second */
#define NET_MAX_BURST (1048576u) /* KiB */

/* What is done for one tap; with the tap it is gone.  Where frames are looked at or dropped, a descriptor comes
 * with the reply: that is done for as long as it is open, and the descriptor is good for nothing else. */
struct net_guard {
    uint32_t filter;        /* enum net_filter */
    uint8_t n_ipv4, n_ipv6; /* for CLEAN, at least one: so many addresses the guest has */
    uint8_t reserved[2];
    uint8_t ipv4[NET_MAX_ADDRESSES][4];
    uint8_t ipv6[NET_MAX_ADDRESSES][16];
    struct net_rate inbound, outbound; /* to the guest, from it (which knows no peak) */
};

struct net_tap {
    struct net_header header;
    char bridge[NET_LINK_BYTES];  /* which bridge; "": NETWORK says */
    char network[NET_NAME_BYTES]; /* which running network's; "": BRIDGE says */
    uint8_t mac[6];               /* the guest's card */
    uint8_t n_queues; /* as many descriptors come; 0: one, of a tap that can have no more */
    uint8_t reserved;
    struct net_guard guard;
};

/* What passes between the cards that share one of this computer's (linux/if_link.h says more). */
enum net_macvtap_mode {
    NET_MACVTAP_BRIDGE,   /* each other's frames, at once */
    NET_MACVTAP_VEPA,     /* each other's, by way of the switch outside */
    NET_MACVTAP_PRIVATE,  /* nothing of each other */
    NET_MACVTAP_PASSTHRU, /* there is one alone, which has all that comes */
    NET_MACVTAP_N
};

/* It is gone when the last copy of the descriptor is closed, as a tap is, and has no name. */
struct net_macvtap {
    struct net_header header;
    char nic[NET_LINK_BYTES]; /* of this computer's */
    uint8_t mac[6];           /* the guest's card */
    uint8_t n_queues;         /* as above */
    uint8_t reserved;
    uint32_t mode; /* enum net_macvtap_mode */
};

/* In place of what was done for it.  Whoever has the descriptor of the rules before closes it then. */
struct net_guard_change {
    struct net_header header;
    char link[NET_LINK_BYTES]; /* the tap */
    uint8_t mac[6];
    uint8_t reserved[2];
    struct net_guard guard;
};

enum net_forward {
    NET_FORWARD_NONE,  /* the guests and this computer among themselves */
    NET_FORWARD_NAT,   /* out under this computer's address */
    NET_FORWARD_ROUTE, /* in and out, under the guests' own addresses */
    NET_FORWARD_BRIDGE, /* the card UPLINK is put onto the bridge, which gets what that has; no subnet, no hosts */
    NET_FORWARD_N
};

/* Of IPv4 the first four bytes of an address count. */
struct net_subnet {
    uint8_t address[16]; /* of this computer in it */
    uint8_t prefix;      /* its length; 0: the network has no such subnet */
    uint8_t has_dhcp;
    uint8_t reserved[6];
    uint8_t range_start[16], range_end[16]; /* what DHCP gives out, both included */
};

/* A guest that always gets the same address. */
struct net_host {
    uint8_t mac[6];
    uint8_t reserved[2];
    uint8_t address[4];
    char name[NET_HOST_BYTES]; /* or "" */
};

#define NET_FLAG_NAT6   (1u << 0) /* NAT for IPv6 as well; else that is routed */
#define NET_FLAG_NO_DNS (1u << 1) /* nobody answers names */

struct net_start {
    struct net_header header;
    char name[NET_NAME_BYTES];
    char bridge[NET_LINK_BYTES]; /* to be made; "": the first free name */
    char uplink[NET_LINK_BYTES]; /* the one interface that leads out; "": any */
    char domain[NET_DOMAIN_BYTES];
    uint32_t forward; /* enum net_forward */
    uint32_t flags;
    struct net_subnet ipv4, ipv6;
    uint32_t n_hosts;
    uint32_t reserved;
    struct net_host hosts[]; /* N_HOSTS of them, at most NET_MAX_HOSTS */
};

struct net_stop {
    struct net_header header;
    char name[NET_NAME_BYTES];
};

/* How it went; DETAIL of the reply is what the comment says. */
enum net_status {
    NET_OK,
    NET_MALFORMED,      /* which part of the request makes no sense */
    NET_NO_RIGHT,       /* what was refused */
    NET_NO_BRIDGE,      /* the name: there is no such interface */
    NET_NOT_A_BRIDGE,   /* the name: it is something else */
    NET_NOT_ALLOWED,    /* the file that would have to allow the bridge */
    NET_UNTRUSTED,      /* a file that others than root can change */
    NET_BAD_FILE,       /* "FILE:LINE", which cannot be understood or read */
    NET_NOT_RUNNING,    /* the network's name */
    NET_RUNNING,        /* the network's name: it was started already, or its name is taken */
    NET_NOT_OWNER,      /* the network's name: somebody else started it */
    NET_BRIDGE_TAKEN,   /* the bridge's name: there is such an interface already */
    NET_OVERLAPS,       /* "SUBNET INTERFACE" of this computer that it overlaps with */
    NET_NO_UPLINK,      /* the name: there is no such interface */
    NET_IPV6_AUTOMATIC, /* the interface whose IPv6 route would be lost by forwarding */
    NET_NO_PROGRAM,     /* the program that is not installed */
    NET_PROGRAM_FAILED, /* what the program said */
    NET_SYSTEM,         /* "WHAT: errno's text" */
    NET_NOT_A_TAP,      /* the name: there is no such tap of the caller's */
    NET_NIC_WIRELESS,   /* the name: a radio sends under one address only */
    NET_NIC_TAKEN, /* the name: it is a port of a bridge or the like, or serves cards that go by other rules */
    NET_NIC_MANAGED, /* the name: a network manager would undo what is done to it */
    NET_NIC_LEASED,  /* the name: its address is DHCP's, which would be lost */
    NET_NIC_OTHER,   /* the name: it is no Ethernet card */
    NET_NIC_DOWN,    /* the name: it is switched off */
    NET_STATUS_N
};

struct net_reply {
    uint32_t version; /* NET_VERSION */
    uint32_t status;
    char link[NET_LINK_BYTES]; /* the tap, or the network's bridge */
    char detail[NET_DETAIL_BYTES];
};

# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vitrinectl: verbs, options, machines, files.     -*- shell-script -*-

# The machines' names, one a line; those that are off as well.  Asked of the program, so that a host given
# with -c is asked too.
__vitrinectl_machines()
{
    "${words[0]}" "${__vitrinectl_host[@]}" list --all --names 2>/dev/null
}

# The devices of the machine before the cursor, one a line.
__vitrinectl_devices()
{
    "${words[0]}" "${__vitrinectl_host[@]}" info --json "$prev" 2>/dev/null |
        sed -n 's/.*"alias": *"\([^"]*\)".*/\1/p'
}

# libvirt's names of processor models, one a line.
__vitrinectl_cpu_models()
{
    sed -n "s/^ *<model name='\([^']*\)'>.*/\1/p" /usr/share/libvirt/cpu_map/x86_*.xml 2>/dev/null
}

# The short names of operating systems, one a line.
__vitrinectl_systems()
{
    "${words[0]}" "${__vitrinectl_host[@]}" os list --json 2>/dev/null | grep -o '"short_id": *"[^"]*"' | cut -d '"' -f 4
}

# Completes $cur with the lines on standard input, which may have spaces in them.
__vitrinectl_lines()
{
    local line

    while IFS= read -r line; do
        [[ $line == "$cur"* ]] || continue
        printf -v line %q "$line"
        COMPREPLY+=("$line")
    done
}

__vitrinectl_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

__vitrinectl_files()
{
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# The value of the option before $cur; false when that takes none.
__vitrinectl_value()
{
    case $prev in
    --iso | --import | --kernel | --initrd | --cloud-key | --cloud-password-file) __vitrinectl_files ;;
    --os) __vitrinectl_words "detect $(__vitrinectl_systems)" ;;
    --state) __vitrinectl_words "off starting running paused stopping crashed" ;;
    --nic) compopt -o nospace; __vitrinectl_words "user none bridge= network= macvtap=" ;;
    --graphics) __vitrinectl_words "vnc none" ;;
    --firmware) __vitrinectl_words "bios uefi" ;;
    --boot) __vitrinectl_words "hd,cdrom network,hd cdrom,hd hd,network network" ;;
    --cpu-model) __vitrinectl_words "$(__vitrinectl_cpu_models)" ;;
    --protocol) __vitrinectl_words "vnc" ;;
    --disk) compopt -o nospace; __vitrinectl_words "size= path= server= bus= cache= discard= readonly= format= preallocation= vg= thin=" ;;
    --xml | --passphrase-file | --new-passphrase-file) __vitrinectl_files ;;
    --mode) __vitrinectl_words "nat routed isolated bridged" ;;
    --name | --memory | --vcpus | --cmdline | --timeout | --subnet | --dhcp | --host | --ipv6 | --domain | --bridge | \
        --uplink | --interface | --path | --type | --description | --format | --preallocation | --cloud-user | \
        --cloud-hostname | --express) ;;
    *) return 1 ;;
    esac
}

_vitrinectl()
{
    local cur prev words cword i verb="" n_arguments=0
    local -a __vitrinectl_host=()
    local verbs="list info stats create clone start shutdown poweroff reset pause resume link wait console display
        screenshot send-keys type define dumpxml edit undefine attach detach eject insert
        resize set snapshot undo image net pool vol os host"
    local -A options=(
        [clone]="--linked" [image]="--format --preallocation --passphrase-file --new-passphrase-file --json" [snapshot]="--description --json" [list]="--all --names --json" [start]="--reset-nvram --disposable --undo --passphrase-file" [info]="--json" [stats]="--json --watch" [host]="--json" [undefine]="--remove-disks"
        [create]="--name --iso --import --kernel --initrd --cmdline --memory --vcpus --cpu-model --disk --nic --graphics
            --firmware --boot --os --cloud-user --cloud-key --cloud-password-file --cloud-hostname --express --start --passphrase-file"
        [attach]="--passphrase-file --force --xml --describe --json --live --config" [detach]="--force --live --config" [set]="--live --config"
        [eject]="--force --live --config" [insert]="--force --live --config"
        [net]="--json --mode --subnet --dhcp --host --ipv6 --domain --bridge --interface --uplink --xml --autostart --start --off"
        [pool]="--json --path --type --server --folder --device --group --format --build --xml --autostart --start --off --volumes"
        [vol]="--json --format --allocation --backing" [os]="--all --json"
        [wait]="--state --timeout" [console]="--name" [display]="--protocol"
    )

    COMPREPLY=()
    if declare -F _get_comp_words_by_ref > /dev/null; then
        _get_comp_words_by_ref -n : cur prev words cword # a host has a colon in it
    else
        words=("${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=${words[cword]}
        prev=${words[cword - 1]}
    fi

    # What stands before the cursor: the host, the verb, and how many arguments of its own.
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        -c | --connect)
            ((i + 1 < cword)) && __vitrinectl_host=(-c "${words[i + 1]}")
            ((i++))
            ;;
        --name | --iso | --kernel | --initrd | --cmdline | --memory | --vcpus | --cpu-model | --disk | --nic | \
            --graphics | --boot | --firmware | --state | --timeout | --protocol | --xml | --mode | --subnet | --dhcp | \
            --host | --ipv6 | --domain | --bridge | --uplink | --interface | --path | --type | --description | --format | \
            --preallocation | --os | --cloud-user | --cloud-key | --cloud-password-file | --cloud-hostname | --express | \
            --passphrase-file | --new-passphrase-file) ((i++)) ;;
        -*) ;;
        *)
            if [[ -z $verb ]]; then
                verb=${words[i]}
            else
                ((n_arguments++))
            fi
            ;;
        esac
    done

    if [[ -z $verb ]]; then
        case $prev in
        -c | --connect) __vitrinectl_words "vitrine:" ;;
        *)
            if [[ $cur == -* ]]; then
                __vitrinectl_words "--connect --help --version"
            else
                __vitrinectl_words "$verbs"
            fi
            ;;
        esac
        return
    fi
    __vitrinectl_value && return
    if [[ $cur == -* ]]; then
        __vitrinectl_words "${options[$verb]} --help"
        return
    fi
    case $verb in
    stats | start | shutdown | poweroff | reset | pause | resume) __vitrinectl_lines < <(__vitrinectl_machines) ;;
    clone | info | wait | console | display | dumpxml | edit | undefine)
        ((n_arguments == 0)) && __vitrinectl_lines < <(__vitrinectl_machines)
        ;;
    screenshot)
        if ((n_arguments == 0)); then
            __vitrinectl_lines < <(__vitrinectl_machines)
        else
            __vitrinectl_files
        fi
        ;;
    send-keys)
        if ((n_arguments == 0)); then
            __vitrinectl_lines < <(__vitrinectl_machines)
        else
            __vitrinectl_words "ctrl+alt+delete ctrl+alt+f1 ctrl+alt+f2 ctrl+c enter esc tab"
        fi
        ;;
    os)
        if ((n_arguments == 0)); then
            __vitrinectl_words "list detect"
        elif [[ $prev == detect ]]; then
            __vitrinectl_files
        fi
        ;;
    link)
        case $n_arguments in
        0) __vitrinectl_lines < <(__vitrinectl_machines) ;;
        1) __vitrinectl_words "net0 net1" ;;
        2) __vitrinectl_words "up down" ;;
        esac
        ;;
    type) ((n_arguments == 0)) && __vitrinectl_lines < <(__vitrinectl_machines) ;;
    attach | detach | eject | insert | resize | set)
        if ((n_arguments == 0)); then
            __vitrinectl_lines < <(__vitrinectl_machines)
        elif [[ $verb == set ]]; then
            compopt -o nospace
            __vitrinectl_words "vcpus= max-vcpus= memory= max-memory="
        elif [[ $verb != attach ]]; then
            if ((n_arguments == 1)); then
                __vitrinectl_lines < <(__vitrinectl_devices)
            elif [[ $verb == insert ]]; then
                __vitrinectl_files
            fi
        elif ((n_arguments == 1)); then
            __vitrinectl_words "disk cdrom nic input watchdog rng memballoon scsi usb channel console panic"
        else
            __vitrinectl_files
        fi
        ;;
    snapshot)
        case $n_arguments in
        0) __vitrinectl_words "create list revert delete" ;;
        1) __vitrinectl_lines < <(__vitrinectl_machines) ;;
        esac
        ;;
    undo)
        case $n_arguments in
        0) __vitrinectl_words "keep drop" ;;
        1) __vitrinectl_lines < <(__vitrinectl_machines) ;;
        esac
        ;;
    image)
        if ((n_arguments == 0)); then
            __vitrinectl_words "list groups info create check grow convert delete"
        else
            __vitrinectl_files
        fi
        ;;
    define) __vitrinectl_files ;;
    host) ((n_arguments == 0)) && __vitrinectl_words "check" ;;
    net) ((n_arguments == 0)) && __vitrinectl_words "list info create define edit dumpxml start stop autostart delete leases" ;;
    pool) ((n_arguments == 0)) && __vitrinectl_words "list info create define dumpxml start stop refresh autostart delete" ;;
    vol) ((n_arguments == 0)) && __vitrinectl_words "list info create resize clone dumpxml delete" ;;
    esac
    return 0
}

complete -F _vitrinectl vitrinectl

# Completion of mcast and mcastd for bash. Commands and options are read from the program's own
# help, so they are always those of the program that is installed.

_mcast_words() { # PROGRAM [COMMAND...]: its commands, then its options
    "$@" --help 2>/dev/null | awk '
        /^Subcommands:/ { commands = 1; next }
        /^[^ ]/ || /^$/ { commands = 0 }
        commands && /^  [a-z]/ { print $1 }
        /^  -/ { count = split($1, names, ","); for (i = 1; i <= count; ++i)
                     if (names[i] ~ /^--/) print names[i] }'
}

_mcast() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} commands=() i
    COMPREPLY=()
    case $before in
        --config | --socket | --schema)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return ;;
        --state)
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            return ;;
        -i | --interface)
            mapfile -t COMPREPLY < <(compgen -W "$(cd /sys/class/net && echo *)" -- "$word")
            return ;;
    esac
    # The commands that were typed: words before this one that are no options.
    for ((i = 1; i < COMP_CWORD; ++i)); do
        [[ ${COMP_WORDS[i]} == [a-z]* ]] || break
        commands+=("${COMP_WORDS[i]}")
        # Only `rules` has commands of its own; what follows others are arguments.
        [[ ${COMP_WORDS[i]} == rules ]] || break
    done
    mapfile -t COMPREPLY < <(
        compgen -W "$(_mcast_words "${COMP_WORDS[0]}" "${commands[@]}")" -- "$word")
    [[ ${#COMPREPLY[@]} != 0 || $word == -* ]] ||
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

complete -o filenames -F _mcast mcast mcastd

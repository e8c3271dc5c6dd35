# bash completion for diorama(1)

_diorama_machines ()
{
  local name
  # One a line; they may have spaces.
  while IFS= read -r name; do
    [[ $name != "$cur"* ]] || COMPREPLY+=("$(printf %q "$name")")
  done < <(diorama list --names 2> /dev/null)
}

_diorama ()
{
  local cur prev words cword
  _init_completion -n = || return

  local command=${words[1]} options='--help'
  case $cur in
    -*)
      case $command in
        attach) options+=' --address=' ;;
        diagnostics) options+=' --interval=' ;;
        list) options+=' --json --names' ;;
        info) options+=' --json' ;;
        inspect) options+=' --json --header --look-in=' ;;
        new) options+=' --json --place= --os= --iso= --disk=' ;;
        import) options+=' --json --place= --name= --mode=copy --mode=in-place --mode=linked' ;;
        duplicate) options+=' --json --linked --name= --place=' ;;
        export) options+=' --format= --disk= --replace' ;;
        start) options+=' --headless --passphrase-file=' ;;
        stop) options+=' --force --wait --timeout=' ;;
        usb)
          case ${words[2]:-} in
            list) options+=' --json' ;;
            connect) options+=' --always --insist --unmount --take' ;;
          esac ;;
        set | delete) ;;
        *) options+=' --version --start --graphics=2d --graphics=blob --graphics=3d' ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
      [[ ${COMPREPLY[0]:-} != *= ]] || compopt -o nospace
      return ;;
  esac
  case $command in
    attach | demo | diagnostics | list | new) [ "$cword" -gt 1 ] && return ;;
    import | inspect)
      [ "$cword" -le 1 ] || { _filedir; return; } ;;
    export)
      [ "$cword" -le 2 ] || { _filedir; return; } ;;
    usb)
      case $cword:${words[2]:-} in
        2:*) mapfile -t COMPREPLY < <(compgen -W 'list connect disconnect' -- "$cur"); return ;;
        3:connect) _diorama_machines; return ;;
        3:disconnect | 4:connect)
          mapfile -t COMPREPLY < <(compgen -W "$(diorama usb list 2> /dev/null | sed 's/ .*//')" -- "$cur")
          return ;;
        *:list | *:connect | *:disconnect) return ;;
      esac ;;
    set)
      if [ "$cword" -gt 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(diorama set --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1=/p')" -- "$cur")
        compopt -o nospace
        return
      fi ;;
  esac
  case $command in
    info | set | start | stop | export | duplicate | delete)
      [ "$cword" -le 1 ] || { _diorama_machines; return; } ;;
  esac

  _filedir '@(qcow2|qcow|qed|img|raw|vmdk|vdi|vhd|vhdx|iso|ova|ovf|diorama)'
  [ "$cword" -ne 1 ] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W 'demo attach diagnostics list info inspect new set
    start stop import export duplicate delete usb' -- "$cur")
} &&
complete -F _diorama diorama

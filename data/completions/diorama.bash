# bash completion for diorama(1)

_diorama ()
{
  local cur prev words cword
  _init_completion -n = || return

  case $cur in
    -*)
      local options='--help --version'
      case ${words[1]} in attach|diagnostics) ;; *) options+=' --graphics=2d --graphics=blob --graphics=3d' ;; esac
      [ "${words[1]}" != attach ] || options+=' --address='
      [ "${words[1]}" != diagnostics ] || options+=' --interval='
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
      [[ ${COMPREPLY[0]:-} != *= ]] || compopt -o nospace
      return ;;
  esac
  case ${words[1]} in
    attach|demo|diagnostics) [ "$cword" -gt 1 ] && return ;;
  esac

  _filedir '@(qcow2|qcow|img|raw|vmdk|vdi|vhd|vhdx|iso)'
  [ "$cword" -ne 1 ] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W 'demo attach diagnostics' -- "$cur")
} &&
complete -F _diorama diorama

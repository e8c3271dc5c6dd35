# fish completion for diorama(1)
function __diorama_in
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end

complete -c diorama -s h -l help -d 'Show help'
complete -c diorama -n '__fish_is_first_arg' -l version -d 'Show the version'
complete -c diorama -n __fish_is_first_arg -a demo -d 'Start the built-in demonstration guest'
complete -c diorama -n __fish_is_first_arg -a attach -d 'Show a machine that another program runs'
complete -c diorama -n __fish_is_first_arg -a diagnostics -d 'Tell what the display costs, as JSON'
complete -c diorama -n __fish_is_first_arg -a list -d 'List the machines of the library'
complete -c diorama -n __fish_is_first_arg -a info -d 'Tell all about a machine'
complete -c diorama -n __fish_is_first_arg -a inspect -d 'Tell what is in a disk image'
complete -c diorama -n __fish_is_first_arg -a new -d 'Make a machine'
complete -c diorama -n __fish_is_first_arg -a set -d 'Change a machine'
complete -c diorama -n __fish_is_first_arg -a start -d 'Start a machine'
complete -c diorama -n __fish_is_first_arg -a stop -d 'Ask a machine to shut down'
complete -c diorama -n __fish_is_first_arg -a import -d 'Make a machine from an archive, an appliance or a disk image'
complete -c diorama -n __fish_is_first_arg -a export -d 'Write a machine into a file'
complete -c diorama -n __fish_is_first_arg -a duplicate -d 'Copy a machine'
complete -c diorama -n __fish_is_first_arg -a delete -d 'Move a machine to the Trash'

complete -c diorama -n 'not __diorama_in attach diagnostics list info inspect new set start stop import export duplicate delete' -x -l graphics -a '2d blob 3d' -d 'How the machine draws'
complete -c diorama -n '__diorama_in diagnostics' -f -l interval -r -d 'Seconds to measure'
complete -c diorama -n '__diorama_in attach' -f -l address -r -d 'D-Bus address'
complete -c diorama -n '__diorama_in demo list' -f
complete -c diorama -n '__diorama_in info set start stop duplicate delete' -f -a '(diorama list --names 2> /dev/null)'
complete -c diorama -n '__diorama_in export; and test (count (commandline -opc)) -eq 2' -f -a '(diorama list --names 2> /dev/null)'
complete -c diorama -n '__diorama_in set; and test (count (commandline -opc)) -gt 2' -f -a "(diorama set --help | string replace -rf '^  ([a-z][a-z-]*)  .*' '\$1=')"
complete -c diorama -n '__diorama_in list info inspect new import duplicate' -l json -d 'Print JSON'
complete -c diorama -n '__diorama_in list' -l names -d 'Print names only'
complete -c diorama -n '__diorama_in inspect' -l header -d 'Not what is on the disk'
complete -c diorama -n '__diorama_in inspect' -r -l look-in -d 'Where missing files may be'
complete -c diorama -n '__diorama_in start' -l headless -d 'Without a window'
complete -c diorama -n '__diorama_in start' -l passphrase-file -r -d 'Where the passphrase is'
complete -c diorama -n '__diorama_in stop' -l force -d 'End it at once'
complete -c diorama -n '__diorama_in stop' -l wait -d 'Wait until it has ended'
complete -c diorama -n '__diorama_in stop' -x -l timeout -d 'Wait no longer than that'
complete -c diorama -n '__diorama_in new import duplicate' -r -l place -d 'Where to keep it'
complete -c diorama -n '__diorama_in new' -x -l os -d 'Operating system'
complete -c diorama -n '__diorama_in new' -r -l iso -d 'Installation disc'
complete -c diorama -n '__diorama_in new' -x -l disk -d 'Size of the new disk'
complete -c diorama -n '__diorama_in import duplicate' -x -l name -d 'What to call it'
complete -c diorama -n '__diorama_in duplicate' -l linked -d 'Share what is there now'
complete -c diorama -n '__diorama_in export' -x -l format -a 'diorama ova qcow2 img vmdk vdi vhd vhdx' -d 'What to write'
complete -c diorama -n '__diorama_in export' -x -l disk -d 'Which disk'
complete -c diorama -n '__diorama_in export' -l replace -d 'Replace the file'
complete -c diorama -n '__diorama_in import' -x -l mode -a 'copy in-place linked' -d 'What to do with a disk image'

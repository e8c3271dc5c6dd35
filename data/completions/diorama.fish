# fish completion for diorama(1)
complete -c diorama -s h -l help -d 'Show help'
complete -c diorama -l version -d 'Show the version'
complete -c diorama -n __fish_is_first_arg -a demo -d 'Start the built-in demonstration guest'
complete -c diorama -n __fish_is_first_arg -a attach -d 'Show a machine that another program runs'
complete -c diorama -n __fish_is_first_arg -a diagnostics -d 'Tell what the display costs, as JSON'
complete -c diorama -n 'not __fish_seen_subcommand_from attach diagnostics' -x -l graphics -a '2d blob 3d' -d 'How the machine draws'
complete -c diorama -n '__fish_seen_subcommand_from diagnostics' -f -l interval -r -d 'Seconds to measure'
complete -c diorama -n '__fish_seen_subcommand_from attach' -f -l address -r -d 'D-Bus address'
complete -c diorama -n '__fish_seen_subcommand_from demo' -f

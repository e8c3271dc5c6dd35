# fish completion for diorama(1)
complete -c diorama -s h -l help -d 'Show help'
complete -c diorama -l version -d 'Show the version'
complete -c diorama -n __fish_is_first_arg -a demo -d 'Start the built-in demonstration guest'
complete -c diorama -n __fish_is_first_arg -a attach -d 'Show a machine that another program runs'
complete -c diorama -n '__fish_seen_subcommand_from attach' -f -l address -r -d 'D-Bus address'
complete -c diorama -n '__fish_seen_subcommand_from demo' -f

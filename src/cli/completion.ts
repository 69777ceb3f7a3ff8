import type { Command } from 'commander';

/** The bash completion of a program: commands, their options, choices of an option, and file names elsewhere. */
export function writeBashCompletion(program: Command): string {
  const cases = program.commands.flatMap((command) => writeCases(command, command.name()));
  const names = program.commands.map((command) => command.name()).join(' ');
  return `# bash completion of vouch; load it with: source <(vouch completion bash)
_vouch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$current"))
    return
  fi
  case "$command \${COMP_WORDS[2]}" in
${groupCases(program)}  esac
  case "$command $previous" in
${cases.join('')}  esac
  case "$current" in
    -*)
      case "$command" in
${program.commands.map(writeOptionCase).join('')}      esac
      ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _vouch vouch
`;
}

/** Commands below a command: offered as its first word. */
function groupCases(program: Command): string {
  const groups = program.commands.filter((command) => command.commands.length > 0);
  return groups
    .map((group) => {
      const names = group.commands.map((command) => command.name()).join(' ');
      return `    "${group.name()} "*) [ "$COMP_CWORD" -eq 2 ] && { COMPREPLY=($(compgen -W "${names}" -- "$current")); return; } ;;\n`;
    })
    .join('');
}

function writeCases(command: Command, name: string): string[] {
  return command.options
    .filter((option) => option.argChoices !== undefined)
    .map((option) => {
      const choices = option.argChoices!.join(' ');
      return `    "${name} ${option.long}") COMPREPLY=($(compgen -W "${choices}" -- "$current")); return ;;\n`;
    });
}

function writeOptionCase(command: Command): string {
  const own = [command, ...command.commands].flatMap((one) => one.options.map((option) => option.long));
  const flags = [...new Set([...own, '--help'])].join(' ');
  return `        ${command.name()}) COMPREPLY=($(compgen -W "${flags}" -- "$current")) ;;\n`;
}

"""rasp completion: a script that makes a shell complete the arguments of `rasp`.

The scripts are made from the parser, so they know every command and option there is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from rasp.cli.arguments import Commands, add_command

DETAILS = """\
examples:
  eval "$(rasp completion bash)"                                 in ~/.bashrc
  rasp completion zsh > ~/.zfunc/_rasp                           with ~/.zfunc in fpath
  rasp completion fish > ~/.config/fish/completions/rasp.fish
"""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command: its spellings, what it is for, the values it takes if listed."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subcommand:
    name: str
    help: str
    options: tuple[Option, ...]
    choices: tuple[str, ...]  # of its argument; file names if there are none


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "completion", run, summary="completion for bash, zsh or fish", details=DETAILS
    )
    parser.add_argument("shell", choices=tuple(_SCRIPTS))
    parser.set_defaults(commands=commands)


def run(options: argparse.Namespace) -> None:
    print(_SCRIPTS[options.shell](subcommands(options.commands)), end="")


def subcommands(action: Commands) -> list[Subcommand]:
    """The commands of a parser and their options, for which argparse has no public question."""
    summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
    return [
        Subcommand(
            name,
            summaries[name],
            tuple(_options(command)),
            tuple(
                str(choice)
                for a in command._actions
                if not a.option_strings
                for choice in a.choices or ()
            ),
        )
        for name, command in action.choices.items()
    ]


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        if action.option_strings:
            choices = tuple(map(str, action.choices or ()))
            help_text = (action.help or "").replace("%%", "%")
            yield Option(tuple(action.option_strings), help_text, action.nargs != 0, choices)


def _bash(commands: list[Subcommand]) -> str:
    names = " ".join(command.name for command in commands)
    cases = []
    for command in commands:
        options = " ".join(name for option in command.options for name in option.names)
        cases.append(f'        {command.name}) options="{options}"; values="{_values(command)}" ;;')
    choices = [
        f'        {command.name}:{name}) COMPREPLY=($(compgen -W "{" ".join(option.choices)}"'
        ' -- "$current")); return ;;'
        for command in commands
        for option in command.options
        for name in option.names
        if option.choices
    ]
    return "\n".join(
        [
            "# bash completion of rasp",
            "_rasp() {",
            '    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
            '    local command="${COMP_WORDS[1]}" options="" values=""',
            '    if [ "$COMP_CWORD" -eq 1 ]; then',
            f'        COMPREPLY=($(compgen -W "{names} --help --version --strict" -- "$current"))',
            "        return",
            "    fi",
            '    case "$command:$previous" in',
            *choices,
            "    esac",
            '    case "$command" in',
            *cases,
            "    esac",
            '    case "$current" in',
            '        -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;',
            '        *) COMPREPLY=($(compgen -W "$values" -- "$current")) ;;',
            "    esac",
            "}",
            "complete -o default -o filenames -F _rasp rasp",
            "",
        ]
    )


def _values(command: Subcommand) -> str:
    return " ".join(command.choices)


def _zsh(commands: list[Subcommand]) -> str:
    described = [f"        {_zsh_quoted(f'{c.name}:{c.help}')}" for c in commands]
    cases = []
    for command in commands:
        cases.append(f"        {command.name})")
        specs = [_zsh_option(option, name) for option in command.options for name in option.names]
        rest = f"'*:value:({_values(command)})'" if command.choices else "'*:file:_files'"
        cases += [
            " \\\n                ".join(["            _arguments", *specs, rest]),
            "            ;;",
        ]
    return "\n".join(
        [
            "#compdef rasp",
            "_rasp() {",
            "    local -a commands",
            "    commands=(",
            *described,
            "    )",
            "    if (( CURRENT == 2 )); then",
            "        _describe command commands",
            "        return",
            "    fi",
            '    local command="$words[2]"',
            "    shift words",
            "    (( CURRENT-- ))",
            '    case "$command" in',
            *cases,
            "    esac",
            "}",
            'if [ "$funcstack[1]" = "_rasp" ]; then _rasp "$@"; else compdef _rasp rasp; fi',
            "",
        ]
    )


def _zsh_option(option: Option, name: str) -> str:
    text = option.help.replace("[", "(").replace("]", ")").replace(":", ",")
    value = ""
    if option.takes_value:
        value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    return _zsh_quoted(f"{name}[{text}]{value}")


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(commands: list[Subcommand]) -> str:
    lines = ["# fish completion of rasp"]
    for command in commands:
        lines.append(
            f"complete -c rasp -n __fish_use_subcommand -f -a {command.name} "
            f"-d {_fish_quoted(command.help)}"
        )
        seen = f"-n '__fish_seen_subcommand_from {command.name}'"
        if command.choices:
            lines.append(f"complete -c rasp {seen} -f -a '{_values(command)}'")
        for option in command.options:
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            value = ""
            if option.takes_value:
                value = f" -x -a '{' '.join(option.choices)}'" if option.choices else " -r"
            lines.append(f"complete -c rasp {seen} {names}{value} -d {_fish_quoted(option.help)}")
    return "\n".join(lines) + "\n"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_SCRIPTS = {"bash": _bash, "zsh": _zsh, "fish": _fish}

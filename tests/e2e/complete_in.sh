#!/usr/bin/env bash
# A real shell completes labctl's arguments with the script that labctl prints, from a real labd;
# then from one that is stopped, and from none.
#
#   complete_in.sh SHELL BIN      bash, zsh or fish; the folder of labctl, labd and lab-worker
#
# Ends with 77 where the shell is not installed.

set -euo pipefail
shell=$1
bin=$(cd "$2" && pwd)
if ! command -v "$shell" >/dev/null; then
  echo "skipped: $shell is not installed"
  exit 77
fi

work=$(mktemp -d)
export PATH=$bin:$PATH LC_ALL=C.UTF-8 LAB_HOME=$work/home
unset LAB_HOST
labd=
finish() {
  if [ -n "$labd" ]; then
    kill -CONT "$labd" 2>/dev/null || true
    labctl daemon stop >/dev/null 2>&1 || true
  fi
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

# complete_bash WORD…: the candidates for the last word, one a line. Words as bash cuts them.
complete_bash() {
  bash --norc --noprofile -c '
    source <(labctl completion bash)
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$LINE COMP_POINT=${#LINE}
    COMP_WORDBREAKS=$'\'' \t\n"'\''"'\''"'\''><=;|&(:@'\''
    _labctl labctl
    printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
# complete_zsh LINE: the line after Tab, typed into an interactive zsh on a terminal of its own.
complete_zsh() {
  rm -f "$work/line"
  LINE=$1 REPORT=$work/line timeout 120 zsh -f -c '
    zmodload zsh/zpty
    export TERM=dumb
    zpty -b inner zsh -f -i
    zpty -w inner "autoload -U compinit && compinit -u -D; source <(labctl completion zsh)"
    zpty -w inner "report() { print -r -- \"\$BUFFER\" > \"\$REPORT.new\"; mv \"\$REPORT.new\" \"\$REPORT\" }"
    zpty -w inner "zle -N report; bindkey \"^G\" report; PS1=ready; echo is\"\"set"
    said=
    until [[ $said == *isset*ready* ]]; do
      zpty -r inner piece && said+=$piece || sleep 0.05
    done
    zpty -w -n inner "$LINE"$'\''\t\x07'\''
    until [[ -e $REPORT ]]; do zpty -r inner piece || sleep 0.05; done
    zpty -d inner'
  cat "$work/line"
}
complete_fish() {
  HOME=$work fish --no-config -c 'labctl completion fish | source; complete -C "$argv[1]"' "$1" |
    cut -f 1
}

# expect LINE ANSWER: what Tab makes of LINE: all candidates, or the line itself for zsh.
expect() {
  local got
  if [ "$shell" = bash ]; then
    local LINE=$1 words=()
    # Bash cuts at these too, and keeps them as words.
    read -ra words <<<"$(sed 's/[=:@]\+/ & /g' <<<"$LINE")"
    [[ $LINE == *[\ =:@] ]] && words+=("")
    got=$(LINE=$LINE complete_bash "${words[@]}" | paste -s -d ' ')
  else
    got=$("complete_$shell" "$1" | paste -s -d ' ')
  fi
  if [ "$got" != "$2" ]; then
    echo "failed: $shell makes of <$1> <$got>, not <$2>"
    exit 1
  fi
}
# by_shell BASH ZSH FISH: the answer that this shell gives
by_shell() {
  case $shell in
    bash) echo "$1" ;;
    zsh) echo "$2" ;;
    fish) echo "$3" ;;
  esac
}

echo "without labd"
expect "labctl resu" "$(by_shell resume "labctl resume " resume)"
expect "labctl pause " "$(by_shell "" "labctl pause " "")"
[ ! -e "$LAB_HOME/run/labd.sock" ] || { echo "failed: Tab started a labd"; exit 1; }

echo "with labd"
labctl daemon start >/dev/null 2>&1
labd=$(cat "$LAB_HOME/run/labd.pid")
labctl submit first_run --hold --quiet >/dev/null
until labctl __complete release "" | grep -q '^1'; do sleep 0.1; done
until labctl __complete explain pretrain.optim.lea | grep -q learning_rate; do sleep 0.1; done
expect "labctl release " "$(by_shell 1 "labctl release 1 " 1)"
expect "labctl pause " "$(by_shell "" "labctl pause " "")"
expect "labctl submit first_run --set optim.learning_r" \
  "$(by_shell optim.learning_rate= "labctl submit first_run --set optim.learning_rate=" optim.learning_rate=)"
expect "labctl submit first_run --set=optim.learning_r" \
  "$(by_shell optim.learning_rate= "labctl submit first_run --set=optim.learning_rate=" --set=optim.learning_rate=)"

# Names with blanks.
labctl submit first_run --set seeds=2 --hold --name "two seeds" --quiet >/dev/null
until labctl __complete show two | grep -q '^two seeds'; do sleep 0.1; done
expect "labctl show two" "$(by_shell 'two\ seeds' 'labctl show two\ seeds ' 'two seeds')"
if [ "$shell" = bash ]; then
  for typed in 'two\ s' '"two s'; do
    answer=$(LINE="labctl show $typed" complete_bash labctl show "$typed")
    [ "$answer" = "$([ "$typed" = '"two s' ] && echo 'two seeds' || echo 'two\ seeds')" ] ||
      { echo "failed: bash makes of $typed <$answer>"; exit 1; }
  done
fi

echo "with a labd that is stopped"
kill -STOP "$labd"
timeout 60 labctl __complete release "" >answer 2>errors
[ "$(cat answer)" = words ] && [ ! -s errors ] || { echo "failed: a stopped labd"; cat answer errors; exit 1; }
expect "labctl resu" "$(by_shell resume "labctl resume " resume)"
echo "$shell completes"

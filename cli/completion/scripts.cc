#include "cli/completion/scripts.h"

namespace lab::cli {
namespace {

// Bash cuts words at = : @ too and replaces only the last piece; labctl wants whole words, so the
// pieces that touch each other on the line are put together again.
constexpr char kBash[] =
    R"script(# bash completion of labctl. Try it with: source <(labctl completion bash)

_labctl() {
  local IFS=$' \t\n' words=() rest=${COMP_LINE:0:COMP_POINT} word i
  if [[ -n $COMP_LINE ]]; then
    for ((i = 0; i <= COMP_CWORD; i++)); do
      word=${COMP_WORDS[i]}
      if [[ $rest == [[:space:]]* || $i == 0 || -z $rest ]]; then
        rest=${rest#"${rest%%[![:space:]]*}"}
        if ((i == COMP_CWORD)); then word=${rest:0:${#word}}; fi
        words+=("$word")
      else
        if ((i == COMP_CWORD)); then word=${rest:0:${#word}}; fi
        words[-1]+=$word
      fi
      rest=${rest:${#word}}
    done
  else
    words=("${COMP_WORDS[@]:0:COMP_CWORD+1}")
  fi
  local quoted= typed kept= breaks=${COMP_WORDBREAKS//[[:space:]\"\']/}
  if [[ ${words[-1]} == [\"\']* ]]; then quoted=yes; fi
  words=("${words[@]//[\\\"\']/}")
  typed=${words[-1]}
  # An escaped blank and what stands in quotes cut no word.
  if [[ -z $quoted && -n $breaks ]]; then kept=${typed%"${typed##*[$breaks]}"}; fi

  local program=${1/#\~/$HOME} line value first=yes files=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $first ]]; then
      first=
      if [[ $line == files ]]; then files=yes; fi
      continue
    fi
    value=${line%%$'\t'*}
    value=${value#"$kept"}
    if [[ -z $quoted ]]; then printf -v value %q "$value"; fi
    if [[ $value == *= ]]; then compopt -o nospace 2>/dev/null; fi
    COMPREPLY+=("$value")
  done < <("$program" __complete "${words[@]:1}" 2>/dev/null)
  if [[ $files ]]; then
    local names
    mapfile -t names < <(compgen -f -- "${typed#"$kept"}")
    if ((${#names[@]})); then
      compopt -o filenames 2>/dev/null
      COMPREPLY+=("${names[@]}")
    fi
  fi
}

complete -F _labctl labctl
)script";

constexpr char kZsh[] = R"script(#compdef labctl
# zsh completion of labctl. Try it with: source <(labctl completion zsh)

_labctl() {
  local -a lines ended ended_text open open_text
  local line value text
  lines=("${(@f)$("${(Q)words[1]/#\~/$HOME}" __complete \
    "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for line in "${(@)lines[2,-1]}"; do
    value=${line%%$'\t'*}
    text=${line#*$'\t'}
    [[ -n $value ]] || continue
    [[ -n $text ]] && text="$value  -- $text" || text=$value
    if [[ $value == *= ]]; then
      open+=("$value"); open_text+=("$text")
    else
      ended+=("$value"); ended_text+=("$text")
    fi
  done
  local found=1
  (( $#open )) && compadd -V settings -S '' -l -d open_text -a open && found=0
  (( $#ended )) && compadd -V values -l -d ended_text -a ended && found=0
  [[ ${lines[1]} == files ]] && _files && found=0
  return found
}

if [[ ${funcstack[1]} == _labctl ]]; then
  _labctl "$@"
else
  compdef _labctl labctl
fi
)script";

constexpr char kFish[] =
    R"script(# fish completion of labctl. Try it with: labctl completion fish | source

function __labctl_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l lines ($program __complete $words[2..-1] "$current" 2>/dev/null)
    for line in $lines[2..-1]
        echo $line
    end
    if test "$lines[1]" = files
        __fish_complete_path "$current"
    end
end

complete -c labctl -f -k -a '(__labctl_candidates)'
)script";

}  // namespace

std::vector<std::string> CompletionShells() { return {"bash", "zsh", "fish"}; }

std::string_view CompletionScript(std::string_view shell) {
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return kBash;
}

}  // namespace lab::cli

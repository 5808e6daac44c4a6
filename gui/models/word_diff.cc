#include "gui/models/word_diff.h"

#include <algorithm>

namespace lab::gui {
namespace {

constexpr size_t kMostWords = 1500;  // the table of lengths grows with the square

// Words with the white space behind them: joined they are the text.
std::vector<QString> wordsOf(const QString& text) {
  std::vector<QString> words;
  qsizetype start = 0;
  for (qsizetype i = 1; i <= text.size(); ++i) {
    if (i < text.size() && !(text[i - 1].isSpace() && !text[i].isSpace())) continue;
    words.push_back(text.mid(start, i - start));
    start = i;
  }
  return words;
}

bool same(const QString& a, const QString& b) { return a.trimmed() == b.trimmed(); }

void add(std::vector<WordRun>* runs, WordRun::Kind kind, const QString& text) {
  if (!runs->empty() && runs->back().kind == kind) {
    runs->back().text += text;
  } else {
    runs->push_back({kind, text});
  }
}

}  // namespace

std::vector<WordRun> diffWords(const QString& before, const QString& after) {
  const std::vector<QString> old_words = wordsOf(before), new_words = wordsOf(after);
  const size_t rows = std::min(old_words.size(), kMostWords);
  const size_t columns = std::min(new_words.size(), kMostWords);
  // common[i][j]: of the words from i and from j on.
  std::vector<std::vector<uint16_t>> common(rows + 1, std::vector<uint16_t>(columns + 1));
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      common[i][j] = same(old_words[i], new_words[j])
                         ? static_cast<uint16_t>(common[i + 1][j + 1] + 1)
                         : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<WordRun> runs;
  size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && same(old_words[i], new_words[j])) {
      add(&runs, WordRun::Kind::kSame, new_words[j]);
      ++i, ++j;
    } else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1])) {
      add(&runs, WordRun::Kind::kRemoved, old_words[i++]);
    } else {
      add(&runs, WordRun::Kind::kAdded, new_words[j++]);
    }
  }
  for (; i < old_words.size(); ++i) add(&runs, WordRun::Kind::kRemoved, old_words[i]);
  for (; j < new_words.size(); ++j) add(&runs, WordRun::Kind::kAdded, new_words[j]);
  return runs;
}

}  // namespace lab::gui

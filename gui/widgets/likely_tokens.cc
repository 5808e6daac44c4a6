#include "gui/widgets/likely_tokens.h"

#include <QGridLayout>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "proto/client/token_text.h"

namespace lab::gui {
namespace {

constexpr int kBarWidth = 330;
constexpr int kTextWidth = 330;

QString inQuotes(const std::string& bytes) {
  return QChar(0x201C) + q(VisibleText(bytes)) + QChar(0x201D);
}

}  // namespace

LikelyTokens::LikelyTokens(QWidget* parent) : Card({}, parent) {
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kSmall);
  token_ = makeLabel({}, "strong", this);
  token_->setFont(monoFont(type::kBody));
  words_ = makeLabel({}, "dim", this);
  top->addWidget(token_);
  top->addWidget(words_);
  top->addStretch(1);
  body()->addLayout(top);
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(space::kGap);
  grid->setVerticalSpacing(space::kTiny);
  for (int i = 0; i < kRows; ++i) {
    Row& row = rows_[i];
    row.text = makeLabel({}, "", this);
    row.text->setFont(monoFont(type::kRow));
    row.text->setFixedWidth(kTextWidth);
    row.bar = new ShareBar({}, this);
    row.bar->setFixedWidth(kBarWidth);
    row.value = makeLabel({}, "caption", this);
    grid->addWidget(row.text, i, 0);
    grid->addWidget(row.bar, i, 1);
    grid->addWidget(row.value, i, 2);
  }
  grid->setColumnStretch(3, 1);
  body()->addLayout(grid);
  show({});
}

void LikelyTokens::show(const std::vector<v1::Token>& tokens) {
  if (tokens.empty()) {
    return show({},
                tr("Point at a token, or go to one with the arrow keys, to see how likely it "
                   "was and what else could have come."),
                {});
  }
  std::string bytes;
  QStringList probabilities;
  for (const v1::Token& token : tokens) {
    bytes += token.text();
    probabilities << number(token.probability());
  }
  const QString words = tokens.size() == 1
                            ? tr("probability %1").arg(probabilities.first())
                            : tr("%1 tokens, probabilities %2; the first one's alternatives:")
                                  .arg(tokens.size())
                                  .arg(probabilities.join(tr(", ")));
  std::vector<LikelyToken> top;
  for (const v1::Token::Alternative& other : tokens.front().top()) {
    const bool chosen = other.text() == tokens.front().text();
    top.push_back({other.text(), other.probability(), chosen ? tr("chosen") : QString()});
  }
  show(bytes, words, top);
}

void LikelyTokens::show(const std::string& token, const QString& words,
                        const std::vector<LikelyToken>& top) {
  token_->setVisible(!token.empty());
  token_->setText(inQuotes(token));
  words_->setText(words);
  for (int i = 0; i < kRows; ++i) {
    Row& row = rows_[i];
    const bool there = i < static_cast<int>(top.size());
    // The places stay, so that nothing jumps.
    row.bar->setVisible(there);
    row.text->clear();
    row.value->clear();
    if (!there) continue;
    const LikelyToken& other = top[static_cast<size_t>(i)];
    setElided(row.text, inQuotes(other.text), kTextWidth);
    row.bar->setShare(other.probability);
    row.bar->setAccessibleName(row.text->text());
    QString value = number(other.probability);
    if (!other.note.isEmpty()) value += QStringLiteral("  ") + other.note;
    row.value->setText(value);
  }
}

}  // namespace lab::gui

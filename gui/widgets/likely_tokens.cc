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
  token_->setVisible(!tokens.empty());
  if (tokens.empty()) {
    words_->setText(
        tr("Point at a token, or go to one with the arrow keys, to see how likely it "
           "was and what else could have come."));
  } else {
    std::string bytes;
    QStringList probabilities;
    for (const v1::Token& token : tokens) {
      bytes += token.text();
      probabilities << number(token.probability());
    }
    token_->setText(inQuotes(bytes));
    const QString words = tokens.size() == 1
                              ? tr("probability %1").arg(probabilities.first())
                              : tr("%1 tokens, probabilities %2; the first one's alternatives:")
                                    .arg(tokens.size())
                                    .arg(probabilities.join(tr(", ")));
    words_->setText(words);
  }
  const int count = tokens.empty() ? 0 : tokens.front().top_size();
  for (int i = 0; i < kRows; ++i) {
    Row& row = rows_[i];
    const bool there = i < count;
    // The places stay, so that nothing jumps.
    row.bar->setVisible(there);
    row.text->clear();
    row.value->clear();
    if (!there) continue;
    const v1::Token::Alternative& other = tokens.front().top(i);
    const bool chosen = other.text() == tokens.front().text();
    setElided(row.text, inQuotes(other.text()), kTextWidth);
    row.bar->setShare(other.probability());
    row.bar->setAccessibleName(row.text->text());
    row.value->setText(number(other.probability()) + (chosen ? tr("  chosen") : QString()));
  }
}

}  // namespace lab::gui

#include "gui/widgets/tokenizer_view.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>

#include "gui/models/lab.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/reference_box.h"
#include "gui/widgets/token_strip.h"
#include "proto/client/token_text.h"

namespace lab::gui {
namespace {

constexpr int kTextHeight = 64;

}  // namespace

TokenizerPane::TokenizerPane(Lab* lab, QWidget* parent) : QWidget(parent), tokens_(&lab->session) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kSmall);
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kGap);
  reference_ = new ReferenceBox(lab, {QStringLiteral("byte")}, this);
  reference_->setAccessibleName(tr("tokenizer"));
  top->addWidget(reference_, 1);
  figures_ = makeLabel({}, "strong", this);
  top->addWidget(figures_, 2);
  column->addLayout(top);
  strip_ = new TokenStrip(this);
  strip_->setAccessibleName(tr("tokens"));
  faces_ = new Faces(strip_, this);
  column->addWidget(faces_, 1);
  current_ = makeLabel({}, "dim", this);
  column->addWidget(current_);
  connect(reference_, &ReferenceBox::referenceChanged, this, &TokenizerPane::ask);
  connect(&tokens_, &Tokenization::changed, this, &TokenizerPane::show);
  connect(strip_, &TokenStrip::currentChanged, this, &TokenizerPane::showCurrent);
}

void TokenizerPane::setText(const std::string& text) {
  text_ = text;
  ask();
}

void TokenizerPane::ask() {
  const QString reference = reference_->reference();
  if (!reference.isEmpty()) tokens_.set(text_, utf8(reference));
}

void TokenizerPane::show() {
  if (!tokens_.status().ok()) {
    figures_->clear();
    return faces_->showError(tr("The text could not be cut"), tokens_.status());
  }
  const v1::TokenizeResponse& answer = tokens_.answer();
  std::vector<StripCell> cells;
  for (const TokenCell& cell : tokens_.cells()) {
    QStringList ids;
    for (int i = cell.first; i < cell.first + cell.count; ++i) {
      ids << QString::number(answer.tokens(i).id());
    }
    cells.push_back({cell.text, cell.apart ? StripCell::Look::kApart : StripCell::Look::kColoured,
                     static_cast<double>(cells.size()), ids.join(QLatin1Char(' '))});
  }
  strip_->setCells(std::move(cells));
  const QString rate = answer.tokens().empty()
                           ? QString()
                           : tr(" · %1 bytes/token").arg(number(tokens_.bytesPerToken()));
  figures_->setText(tr("%1 tokens%2 · vocabulary %3")
                        .arg(grouped(answer.tokens_size()), rate, grouped(answer.vocabulary())));
  faces_->showContent();
  showCurrent();
}

void TokenizerPane::showCurrent() {
  const int index = strip_->current();
  if (index < 0 || index >= static_cast<int>(tokens_.cells().size())) {
    current_->setText(tr("Point at a token to see its id, place and bytes."));
    return;
  }
  const TokenCell& cell = tokens_.cells()[index];
  QStringList words;
  for (int i = cell.first; i < cell.first + cell.count; ++i) {
    const v1::TextToken& token = tokens_.answer().tokens(i);
    words << tr("id %1 at byte %2, %3 bytes: %4%5")
                 .arg(QString::number(token.id()), grouped(token.offset()),
                      QString::number(token.text().size()), q(VisibleText(token.text())),
                      token.special() ? tr(" (special)") : QString());
  }
  setElided(current_, words.join(tr(" · ")), width());
}

TokenizerView::TokenizerView(Lab* lab, QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, space::kSmall, 0, 0);
  column->setSpacing(space::kGap);
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kGap);
  text_ = new QPlainTextEdit(this);
  text_->setFont(monoFont(type::kBody));
  text_->setFixedHeight(kTextHeight);
  text_->setTabChangesFocus(true);
  text_->setAccessibleName(tr("text to cut"));
  text_->setPlaceholderText(tr("Type a text to see how a tokenizer cuts it."));
  top->addWidget(text_, 1);
  two_ = makeButton(tr("Compare two"), "", this);
  two_->setCheckable(true);
  top->addWidget(two_, 0, Qt::AlignTop);
  column->addLayout(top);
  auto* panes = new QHBoxLayout;
  panes->setSpacing(space::kWide);
  left_ = new TokenizerPane(lab, this);
  right_ = new TokenizerPane(lab, this);
  panes->addWidget(left_, 1);
  panes->addWidget(right_, 1);
  column->addLayout(panes, 1);
  connect(text_, &QPlainTextEdit::textChanged, this, &TokenizerView::textChanged);
  connect(two_, &QPushButton::toggled, this, &TokenizerView::setTwo);
  setTwo(false);
}

void TokenizerView::setText(const QString& text) {
  if (text_->toPlainText() != text) text_->setPlainText(text);
}

bool TokenizerView::settled() const {
  return left_->tokenization().settled() && right_->tokenization().settled();
}

void TokenizerView::textChanged() {
  const std::string text = utf8(text_->toPlainText());
  left_->setText(text);
  if (two_->isChecked()) right_->setText(text);
}

void TokenizerView::setTwo(bool two) {
  right_->setVisible(two);
  if (!two) return;
  // The second is another one where there is another one.
  right_->reference()->choosePeerOf(left_->reference()->reference());
  textChanged();
}

}  // namespace lab::gui

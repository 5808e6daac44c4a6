#include "gui/pages/page.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

Page::Page(Lab* lab, QWidget* parent) : QWidget(parent), lab_(lab) {
  setProperty("role", QStringLiteral("page"));
  body_ = new QVBoxLayout(this);
  body_->setContentsMargins(space::kWide, space::kGap, space::kWide, space::kWide - space::kTiny);
  body_->setSpacing(space::kGap);
}

void Page::visit(const Route&) {}

void Page::makeHead(const QString& title) {
  auto* head = new QHBoxLayout;
  head->setSpacing(space::kSmall);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  beside_title_ = new QHBoxLayout;
  beside_title_->setSpacing(space::kGap);
  title_ = makeLabel(title, "title", this);
  beside_title_->addWidget(title_);
  words->addLayout(beside_title_);
  facts_ = makeLabel({}, "dim", this);
  // On a narrow page words give way to buttons.
  title_->setMinimumWidth(1);
  facts_->setMinimumWidth(1);
  facts_->hide();
  words->addWidget(facts_);
  head->addLayout(words);
  head->addStretch(1);
  actions_ = new QHBoxLayout;
  actions_->setSpacing(space::kSmall);
  head->addLayout(actions_);
  body_->addLayout(head);
}

void Page::setFacts(const QString& facts) {
  facts_->setText(facts);
  facts_->setVisible(!facts.isEmpty());
}

}  // namespace lab::gui

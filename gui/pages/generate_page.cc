#include "gui/pages/generate_page.h"

#include <QHBoxLayout>
#include <QHideEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPlainTextEdit>
#include <QRandomGenerator>
#include <QShortcut>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/likely_tokens.h"
#include "gui/widgets/model_pane.h"
#include "gui/widgets/reference_box.h"
#include "gui/widgets/sampling_fields.h"

namespace lab::gui {
namespace {

constexpr int kAlternatives = LikelyTokens::kRows;
constexpr int kPromptHeight = 58;
constexpr int kInMenu = 20;
constexpr int kMenuWidth = 360;

}  // namespace

GeneratePage::GeneratePage(Lab* lab)
    : Page(lab),
      history_(GenerateHistory::defaultFile(),
               static_cast<size_t>(lab->preferences.kept_generations())) {
  connect(&lab->preferences, &Preferences::limitsChanged, this, [this] {
    const auto most = static_cast<size_t>(this->lab().preferences.kept_generations());
    if (!history_.setMost(most)) Q_EMIT said(tr("the history could not be written"));
  });
  makeHead(tr("Generate"));
  makeActions();
  body()->addWidget(makePrompt());
  auto* panes = new QHBoxLayout;
  panes->setSpacing(space::kGap);
  left_ = new ModelPane(lab, this);
  right_ = new ModelPane(lab, this);
  for (ModelPane* pane : {left_, right_}) {
    panes->addWidget(pane, 1);
    connect(pane, &ModelPane::changed, this, &GeneratePage::paneChanged);
    connect(pane, &ModelPane::pointed, this, [this, pane] { showLikely(pane); });
    connect(pane, &ModelPane::copied, this, &Page::said);
    connect(pane, &ModelPane::wantsRun, this, [this] { Q_EMIT go({QStringLiteral("pretrain")}); });
  }
  body()->addLayout(panes, 1);
  likely_ = new LikelyTokens(this);
  body()->addWidget(likely_);
  setTwo(false);
  paneChanged();
}

void GeneratePage::makeActions() {
  auto* history = makeButton(tr("History"), "", this);
  menu_ = new QMenu(history);
  history->setMenu(menu_);
  connect(menu_, &QMenu::aboutToShow, this, &GeneratePage::fillHistory);
  two_ = makeButton(tr("Two models"), "", this);
  two_->setCheckable(true);
  two_->setToolTip(tr("Beside each other, on one prompt and seed."));
  connect(two_, &QPushButton::toggled, this, &GeneratePage::setTwo);
  stop_ = makeButton(tr("Stop"), "", this);
  stop_->setToolTip(tr("Esc"));
  connect(stop_, &QPushButton::clicked, this, &GeneratePage::stop);
  generate_ = makeButton(tr("Generate"), "primary", this);
  generate_->setToolTip(tr("Ctrl+Return"));
  connect(generate_, &QPushButton::clicked, this, &GeneratePage::generate);
  for (QPushButton* button : {history, two_, stop_, generate_}) actions()->addWidget(button);
  for (auto key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* go = new QShortcut(QKeySequence(Qt::CTRL | key), this);
    go->setContext(Qt::WidgetWithChildrenShortcut);
    connect(go, &QShortcut::activated, this, &GeneratePage::generate);
  }
  auto* end = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  end->setContext(Qt::WidgetWithChildrenShortcut);
  connect(end, &QShortcut::activated, this, &GeneratePage::stop);
}

QWidget* GeneratePage::makePrompt() {
  auto* card = new Card(tr("Prompt"), this);
  problem_ = makeLabel({}, "bad", card);
  card->head()->addWidget(problem_);
  prompt_ = new QPlainTextEdit(card);
  prompt_->setFont(monoFont(type::kCardTitle));
  prompt_->setFixedHeight(kPromptHeight);
  prompt_->setTabChangesFocus(true);
  prompt_->setPlaceholderText(tr("Empty: from the beginning of a text."));
  prompt_->setAccessibleName(tr("prompt"));
  prompt_->setPlainText(tr("Once there was"));
  prompt_->installEventFilter(this);
  card->body()->addWidget(prompt_);
  fields_ = new SamplingFields(card);
  connect(fields_, &SamplingFields::edited, this,
          [this] { problem_->setText(fields_->problem()); });
  card->body()->addWidget(fields_);
  return card;
}

void GeneratePage::visit(const Route& route) {
  lab().checkpoints.refresh();
  QString reference = route.argument;
  if (reference.isEmpty() && route.job > 0) reference = QString::number(route.job);
  if (!reference.isEmpty()) left_->reference()->setReference(reference);
}

bool GeneratePage::settled() const { return failed() || (lab().checkpoints.loaded() && !busy()); }

bool GeneratePage::failed() const {
  return left_->failed() || (two_->isChecked() && right_->failed());
}

bool GeneratePage::busy() const {
  return left_->generation().busy() || right_->generation().busy();
}

void GeneratePage::generate() {
  if (!fields_->problem().isEmpty()) return;
  if (left_->reference()->reference().isEmpty()) {
    left_->reference()->setFocus();
    return Q_EMIT said(tr("Choose a model first"));
  }
  settings_ = fields_->settings();
  settings_.set_prompt(utf8(prompt_->toPlainText()));
  settings_.set_alternatives(kAlternatives);
  // Drawn here, so that both models get the same.
  if (!settings_.has_seed()) {
    settings_.set_seed(QRandomGenerator::global()->generate());
    fields_->showDrawnSeed(settings_.seed());
  }
  generating_ = true;
  left_->start(settings_);
  if (two_->isChecked()) right_->start(settings_);
}

void GeneratePage::stop() {
  left_->stop();
  right_->stop();
}

void GeneratePage::paneChanged() {
  stop_->setEnabled(busy());
  showLikely(likely_->property("right").toBool() ? right_ : left_);
  if (!generating_ || busy()) return;
  generating_ = false;
  remember();
}

void GeneratePage::showLikely(const ModelPane* pane) {
  likely_->setProperty("right", pane == right_);
  likely_->show(pane->currentTokens());
}

void GeneratePage::setTwo(bool two) {
  right_->setVisible(two);
  if (!two) right_->stop();
  const QString shade = tr("shade: how a token surprised the model, −ln p up to 8 nats");
  setFacts(two ? tr("two models, one prompt, one seed · %1").arg(shade) : shade);
  if (two) right_->reference()->choosePeerOf(left_->reference()->reference());
}

void GeneratePage::remember() {
  GenerateEntry entry{QDateTime::currentDateTime(), settings_, {}, {}};
  for (ModelPane* pane : {left_, right_}) {
    if (pane == right_ && !two_->isChecked()) continue;
    if (pane->generation().tokens().empty()) continue;
    entry.references << q(pane->generation().reference());
    entry.texts << q(pane->generation().text());
  }
  if (entry.texts.isEmpty()) return;
  if (!history_.add(std::move(entry))) Q_EMIT said(tr("the history could not be written"));
}

void GeneratePage::fillHistory() {
  menu_->clear();
  const QFontMetrics metrics = menu_->fontMetrics();
  int count = 0;
  for (const GenerateEntry& entry : history_.entries()) {
    if (++count > kInMenu) break;
    QString text =
        tr("%1 — %2").arg(entry.references.join(tr(", ")), q(entry.settings.prompt())).simplified();
    text = metrics.elidedText(text, Qt::ElideRight, kMenuWidth);
    text.replace(QLatin1Char('&'), QStringLiteral("&&"));
    QAction* action = menu_->addAction(entry.time.toString(QStringLiteral("d MMM HH:mm")) +
                                       QStringLiteral("   ") + text);
    connect(action, &QAction::triggered, this, [this, entry] { restore(entry); });
  }
  if (history_.entries().empty()) {
    menu_->addAction(tr("Nothing yet"))->setEnabled(false);
    return;
  }
  menu_->addSeparator();
  QAction* clear = menu_->addAction(tr("Forget all"));
  connect(clear, &QAction::triggered, this, [this] {
    if (!history_.clear()) Q_EMIT said(tr("the history could not be written"));
  });
}

void GeneratePage::restore(const GenerateEntry& entry) {
  stop();
  const QString prompt = q(entry.settings.prompt());
  prompt_->setPlainText(prompt);
  fields_->setSettings(entry.settings);
  two_->setChecked(entry.references.size() > 1);
  ModelPane* panes[] = {left_, right_};
  for (int i = 0; i < std::min<int>(2, entry.references.size()); ++i) {
    panes[i]->reference()->setReference(entry.references[i]);
    panes[i]->showKept(prompt, entry.texts.value(i));
  }
}

void GeneratePage::hideEvent(QHideEvent* event) {
  Page::hideEvent(event);
  if (event->spontaneous()) return;
  // The models' memory is wanted elsewhere.
  left_->release();
  right_->release();
}

void GeneratePage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (!event->spontaneous()) prompt_->setFocus();
}

bool GeneratePage::eventFilter(QObject* object, QEvent* event) {
  // Where a line's end is typed, the one with Ctrl is not.
  if (object == prompt_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && (key->modifiers() & Qt::ControlModifier)) {
      generate();
      return true;
    }
  }
  return Page::eventFilter(object, event);
}

}  // namespace lab::gui

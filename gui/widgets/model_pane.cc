#include "gui/widgets/model_pane.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <cmath>

#include "gui/models/lab.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/reference_box.h"
#include "gui/widgets/token_strip.h"

namespace lab::gui {
namespace {

constexpr double kDeepestNats = 8;  // a token that surprises more is shaded no deeper

// Text that was given, in pieces that may stand on lines of their own.
std::vector<StripCell> plainCells(const QString& text) {
  std::vector<StripCell> cells;
  QString piece;
  auto finish = [&] {
    if (!piece.isEmpty()) cells.push_back({piece, StripCell::Look::kPlain});
    piece.clear();
  };
  for (QChar c : text) {
    if (c.isSpace() && c != QLatin1Char('\n')) finish();
    piece += c;
    if (c == QLatin1Char('\n')) finish();
  }
  finish();
  return cells;
}

QString stopWords(const std::string& reason) {
  if (reason == "eos") return ModelPane::tr("ended its text");
  if (reason == "stop") return ModelPane::tr("met a stop string");
  if (reason == "max_tokens") return ModelPane::tr("reached max tokens");
  if (reason == "context") return ModelPane::tr("filled its context");
  return q(reason);
}

}  // namespace

ModelPane::ModelPane(Lab* lab, QWidget* parent)
    : Card({}, parent), lab_(lab), generation_(&lab->session) {
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kSmall);
  reference_ = new ReferenceBox(lab, {}, this);
  about_ = makeLabel({}, "dim", this);
  about_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  top->addWidget(reference_, 3);
  top->addWidget(about_, 4);
  body()->addLayout(top);
  strip_ = new TokenStrip(this);
  strip_->setAccessibleName(tr("generated text"));
  faces_ = new Faces(strip_, this);
  body()->addWidget(faces_, 1);
  body()->addWidget(makeFoot());
  connect(reference_, &ReferenceBox::referenceChanged, this, &ModelPane::showWords);
  connect(&lab->checkpoints, &CheckpointStore::changed, this, &ModelPane::show);
  connect(&generation_, &Generation::changed, this, [this] {
    show();
    Q_EMIT changed();
  });
  connect(strip_, &TokenStrip::currentChanged, this, &ModelPane::pointed);
  show();
}

QWidget* ModelPane::makeFoot() {
  auto* foot = new QWidget(this);
  auto* row = new QHBoxLayout(foot);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kWide);
  first_ = addFigure(row, tr("first token"), tr("from the request to the first new token"));
  rate_ = addFigure(row, tr("tokens/s"), tr("after the first"));
  perplexity_ = addFigure(row, tr("perplexity"),
                          tr("of the new tokens by the model itself, at temperature 1"));
  ending_ = addFigure(row, tr("tokens"), tr("of the prompt, and new ones"));
  row->addStretch(1);
  copy_ = makeButton(tr("Copy"), "link", foot);
  connect(copy_, &QPushButton::clicked, this, [this] {
    QGuiApplication::clipboard()->setText(text());
    Q_EMIT copied(tr("copied"));
  });
  row->addWidget(copy_, 0, Qt::AlignBottom);
  return foot;
}

QLabel* ModelPane::addFigure(QHBoxLayout* row, const QString& name, const QString& help) {
  auto* column = new QVBoxLayout;
  column->setSpacing(1);
  auto* label = makeLabel(name, "caption", this);
  label->setToolTip(help);
  auto* value = makeLabel(QStringLiteral("–"), "strong", this);
  value->setAccessibleName(name);
  column->addWidget(label);
  column->addWidget(value);
  row->addLayout(column);
  return value;
}

void ModelPane::start(const v1::GenerateRequest& settings) {
  const QString reference = reference_->reference();
  if (reference.isEmpty()) return;
  last_ = settings;
  kept_.clear();
  prompt_ = q(settings.prompt());
  strip_->setCurrent(-1);
  const v1::Job* job = lab_->jobs.find(reference.section(QLatin1Char('@'), 0, 0).toLongLong());
  generation_.start(utf8(reference), settings, job != nullptr && isActive(job->state()));
}

void ModelPane::showKept(const QString& prompt, const QString& text) {
  generation_.stop();
  prompt_ = prompt;
  kept_ = text;
  show();
}

std::vector<v1::Token> ModelPane::currentTokens() const {
  const int index = strip_->current() - lead_;
  if (!kept_.isEmpty() || index < 0 || index >= static_cast<int>(generation_.cells().size())) {
    return {};
  }
  const TokenCell& cell = generation_.cells()[index];
  const auto first = generation_.tokens().begin() + cell.first;
  return {first, first + cell.count};
}

QString ModelPane::text() const {
  return prompt_ + (kept_.isEmpty() ? q(generation_.text()) : kept_);
}

bool ModelPane::failed() const { return faces_->face() == Faces::Face::kError; }

void ModelPane::show() {
  showWords();
  showFigures();
  const bool old = !kept_.isEmpty();
  if (!old && generation_.state() == Generation::State::kFailed) {
    return faces_->showError(tr("Nothing was generated"), generation_.status(),
                             [this] { start(last_); });
  }
  if (!old && generation_.state() == Generation::State::kOpening) return faces_->showLoading();
  if (!old && generation_.state() == Generation::State::kIdle) {
    if (!lab_->checkpoints.loaded() && !lab_->checkpoints.status().ok()) {
      return faces_->showError(tr("The checkpoints could not be listed"),
                               lab_->checkpoints.status(), [this] { lab_->jobs.refresh(); });
    }
    if (!lab_->checkpoints.loaded()) return faces_->showLoading();
    if (lab_->checkpoints.all().empty() && reference_->reference().isEmpty()) {
      return faces_->showEmpty(tr("No job has a checkpoint yet. Start a run, or type the path of a "
                                  "model's folder above."),
                               tr("New run"), [this] { Q_EMIT wantsRun(); });
    }
    return faces_->showEmpty(tr("Write a prompt and press Generate (Ctrl+Return)."));
  }
  std::vector<StripCell> cells = plainCells(prompt_);
  lead_ = static_cast<int>(cells.size());
  if (old) {
    for (StripCell& cell : plainCells(kept_)) cells.push_back(std::move(cell));
  } else {
    for (const TokenCell& cell : generation_.cells()) {
      double nats = 0;
      for (int i = 0; i < cell.count; ++i) {
        nats -= std::log(generation_.tokens()[cell.first + i].probability());
      }
      cells.push_back({cell.text, cell.apart ? StripCell::Look::kApart : StripCell::Look::kShaded,
                       nats / kDeepestNats});
    }
  }
  strip_->setCells(std::move(cells), /*growing=*/!old);
  faces_->showContent();
}

void ModelPane::showFigures() {
  const QString unknown = QStringLiteral("–");
  const bool old = !kept_.isEmpty();
  const auto& summary = generation_.summary();
  const bool ended = summary.has_value() && !old;
  first_->setText(ended ? duration(summary->seconds_to_first_token()) : unknown);
  // One token alone has no rate.
  rate_->setText(ended && summary->new_token_count() > 1 ? number(summary->tokens_per_second())
                                                         : unknown);
  const std::optional<double> perplexity = old ? std::nullopt : generation_.perplexity();
  perplexity_->setText(perplexity ? number(*perplexity) : unknown);
  QString tokens = unknown;
  if (ended) {
    tokens = tr("%1 + %2, %3")
                 .arg(grouped(summary->prompt_token_count()), grouped(summary->new_token_count()),
                      stopWords(summary->stop_reason()));
  } else if (!old && !generation_.tokens().empty()) {
    tokens = tr("%1 new").arg(generation_.tokens().size());
    if (generation_.state() == Generation::State::kStopped) tokens += tr(", stopped");
  }
  ending_->setText(tokens);
  copy_->setEnabled(!text().isEmpty());
}

void ModelPane::showWords() {
  // Another model may be chosen while the text of the last one still stands here.
  const bool other = !generation_.cells().empty() && kept_.isEmpty() &&
                     reference_->reference() != q(generation_.reference());
  const QString words =
      other ? tr("the text below is of %1").arg(q(generation_.reference())) : reference_->about();
  setElided(about_, words, std::max(80, about_->width()));
  setTone(about_, other ? Tone::kWarning : Tone::kPlain);
}

}  // namespace lab::gui

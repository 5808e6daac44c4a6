#include "gui/widgets/config_form.h"

#include <QGridLayout>
#include <algorithm>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kColumnWidth = 205;  // least
constexpr int kMostColumns = 4;
constexpr int kColumnGap = 14;

QString headingOf(const QString& group) {
  QString heading = group;
  heading.replace(QLatin1Char('_'), QLatin1Char(' '));
  if (!heading.isEmpty()) heading[0] = heading[0].toUpper();
  return heading;
}

}  // namespace

FieldGrid::FieldGrid(QWidget* parent, int columns)
    : QWidget(parent), grid_(new QGridLayout(this)), columns_(columns) {
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setHorizontalSpacing(kColumnGap);
  grid_->setVerticalSpacing(10);
}

void FieldGrid::add(QWidget* widget) {
  widgets_.push_back(widget);
  arrange(columns_);
}

void FieldGrid::arrange(int columns) {
  for (int i = 0; i < kMostColumns; ++i) grid_->setColumnStretch(i, i < columns ? 1 : 0);
  for (size_t i = 0; i < widgets_.size(); ++i) {
    const int place = static_cast<int>(i);
    grid_->addWidget(widgets_[i], place / columns, place % columns);
  }
  columns_ = columns;
}

void FieldGrid::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const int columns = std::clamp(width() / kColumnWidth, 1, kMostColumns);
  if (columns != columns_) arrange(columns);
}

ConfigForm::ConfigForm(ConfigFormModel* model, QWidget* parent) : QWidget(parent), model_(model) {
  column_ = new QVBoxLayout(this);
  column_->setContentsMargins(0, 0, 0, 0);
  column_->setSpacing(space::kGap);
  connect(model, &ConfigFormModel::rebuilt, this, [this] {
    stale_ = true;
    if (isVisible()) build();
  });
  connect(model, &ConfigFormModel::fieldChanged, this, &ConfigForm::showField);
}

void ConfigForm::showEvent(QShowEvent* event) {
  if (stale_) build();
  QWidget::showEvent(event);
}

void ConfigForm::setOffers(FieldOffers offers) {
  if (offers == offers_) return;
  offers_ = std::move(offers);
  if (stale_) return;
  for (FieldEditor* editor : editors_) {
    if (editor != nullptr) editor->setOffers(offers_);
  }
}

FieldEditor* ConfigForm::editor(std::string_view field) const {
  const int index = model_->indexOf(field);
  const bool known = index >= 0 && index < static_cast<int>(editors_.size()) && !stale_;
  return known ? editors_[index] : nullptr;
}

void ConfigForm::build() {
  stale_ = false;
  clearLayout(column_);
  folds_.clear();
  editors_.assign(model_->fields().size(), nullptr);
  QStringList groups;
  for (const FormField& field : model_->fields()) {
    if (!groups.contains(field.group)) groups << field.group;
  }
  for (const QString& group : groups) addGroup(group);
  column_->addStretch(1);
}

void ConfigForm::addGroup(const QString& group) {
  auto* card = new Card(headingOf(group), this);
  auto* plain = new FieldGrid(card);
  card->body()->addWidget(plain);
  Fold fold;
  bool open = false;
  for (size_t i = 0; i < model_->fields().size(); ++i) {
    const FormField& field = model_->fields()[i];
    if (field.group != group) continue;
    if (field.spec.advanced() && fold.grid == nullptr) {
      fold.grid = new FieldGrid(card);
      fold.button = makeButton({}, "fold", card);
    }
    FieldGrid* grid = field.spec.advanced() ? fold.grid : plain;
    auto* editor = new FieldEditor(field, grid);
    editor->setOffers(offers_);
    editors_[i] = editor;
    grid->add(editor);
    if (field.spec.advanced()) {
      ++fold.count;
      open = open || field.changed() || !field.error.isEmpty();
    }
    const int index = static_cast<int>(i);
    connect(editor, &FieldEditor::edited, this,
            [this, index](const QString& value) { model_->setValue(index, value); });
    connect(editor, &FieldEditor::restoreAsked, this, [this, index] { model_->restore(index); });
  }
  column_->addWidget(card);
  if (fold.grid == nullptr) return;
  Fold& kept = folds_[group] = fold;
  card->head()->addWidget(fold.button);
  card->body()->addWidget(fold.grid);
  connect(fold.button, &QPushButton::clicked, this,
          [this, &kept] { setFolded(&kept, !kept.grid->isHidden()); });
  setFolded(&kept, !open);
}

void ConfigForm::setFolded(Fold* fold, bool folded) {
  fold->grid->setHidden(folded);
  fold->button->setText(folded ? tr("%1 advanced").arg(fold->count) : tr("hide advanced"));
}

void ConfigForm::showField(int index) {
  if (stale_ || index >= static_cast<int>(editors_.size())) return;
  const FormField& field = model_->fields()[index];
  editors_[index]->show(field);
  if (!field.spec.advanced() || field.error.isEmpty()) return;
  auto fold = folds_.find(field.group);
  if (fold != folds_.end() && fold->second.grid->isHidden()) setFolded(&fold->second, false);
}

void ConfigForm::reveal(int index) {
  if (stale_ || index < 0 || index >= static_cast<int>(editors_.size())) return;
  auto fold = folds_.find(model_->fields()[index].group);
  if (model_->fields()[index].spec.advanced() && fold != folds_.end()) {
    setFolded(&fold->second, false);
  }
  editors_[index]->control()->setFocus();
  Q_EMIT revealed(editors_[index]);
}

}  // namespace lab::gui

#include "gui/widgets/reference_box.h"

#include <QCompleter>
#include <QLineEdit>
#include <QSignalBlocker>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr int kMostVisible = 16;

}  // namespace

ReferenceBox::ReferenceBox(Lab* lab, QStringList first, QWidget* parent)
    : Choice(parent), lab_(lab), first_(std::move(first)) {
  setEditable(true);
  setInsertPolicy(QComboBox::NoInsert);
  setMaxVisibleItems(kMostVisible);
  setMinimumWidth(150);
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  completer()->setCompletionMode(QCompleter::PopupCompletion);
  completer()->setFilterMode(Qt::MatchContains);
  lineEdit()->setPlaceholderText(tr("12, 12@best, or a folder"));
  setAccessibleName(tr("model"));
  connect(&lab->checkpoints, &CheckpointStore::changed, this, &ReferenceBox::fill);
  connect(this, &QComboBox::editTextChanged, this, &ReferenceBox::referenceChanged);
  connect(this, &QComboBox::activated, this, &ReferenceBox::chosen);
  connect(lineEdit(), &QLineEdit::returnPressed, this, &ReferenceBox::chosen);
  fill();
}

QString ReferenceBox::reference() const {
  const QString text = currentText().trimmed();
  // An item is its reference and what it is; typed text is the reference itself.
  const int item = findText(text, Qt::MatchExactly | Qt::MatchCaseSensitive);
  return item < 0 ? text : itemData(item).toString();
}

void ReferenceBox::setReference(const QString& reference) {
  const int item = findData(reference);
  if (item >= 0) return setCurrentIndex(item);
  setEditText(reference);
}

void ReferenceBox::choosePeerOf(const QString& other) {
  // The first is there because nobody chose.
  if (reference() != other && !reference().isEmpty() && currentIndex() != 0) return;
  const QString run = other.section(QLatin1Char('@'), 0, 0);
  const int64_t size = sizeOf(other);
  int peer = -1;
  for (int item = 0; item < count(); ++item) {
    const QString one = itemData(item).toString();
    const bool of_another = one.section(QLatin1Char('@'), 0, 0) != run;
    // Files of one size mostly hold models of one shape. Of the run itself the oldest will do.
    if (of_another && sizeOf(one) == size) return setCurrentIndex(item);
    if (!of_another || peer < 0) peer = item;
  }
  if (peer >= 0) setCurrentIndex(peer);
}

int64_t ReferenceBox::sizeOf(const QString& reference) const {
  const KnownCheckpoint* known = lab_->checkpoints.find(utf8(reference));
  return known == nullptr ? 0 : known->checkpoint.size_bytes();
}

QString ReferenceBox::about() const {
  const std::string reference = utf8(this->reference());
  const KnownCheckpoint* known = lab_->checkpoints.find(reference);
  if (known == nullptr) return {};
  const v1::Job* job =
      lab_->jobs.find(this->reference().section(QLatin1Char('@'), 0, 0).toLongLong());
  QStringList words;
  if (job != nullptr && !job->name().empty()) words << q(job->name());
  words << tr("step %1").arg(grouped(known->checkpoint.step()));
  if (known->loss) words << tr("validation %1").arg(number(*known->loss));
  return words.join(tr(" · "));
}

void ReferenceBox::fill() {
  const QString before = reference();
  {
    const QSignalBlocker quiet(this);
    clear();
    for (const QString& one : first_) addItem(one, one);
    for (const auto& [id, checkpoints] : lab_->checkpoints.all()) {
      const v1::Job* job = lab_->jobs.find(id);
      const bool named = job != nullptr && !job->name().empty();
      const QString name = named ? tr(" · ") + q(job->name()) : QString();
      const QString number = QString::number(id);
      addItem(number + name + tr(" · newest"), number);
      for (auto one = checkpoints.rbegin(); one != checkpoints.rend(); ++one) {
        QString reference = number + QLatin1Char('@') + QString::number(one->checkpoint.step());
        QString marks;
        if (one->final) marks += tr(" · final");
        if (one->best) marks += tr(" · best");
        addItem(reference + name + marks, reference);
      }
    }
  }
  const bool none = before.isEmpty() && count() > 0;
  setReference(none ? itemData(0).toString() : before);
  lineEdit()->setCursorPosition(0);
  Q_EMIT referenceChanged();
}

void ReferenceBox::focusOutEvent(QFocusEvent* event) {
  // Qt calls the text that is left there a choice, even when the field goes with its whole page.
  const QSignalBlocker quiet(this);
  Choice::focusOutEvent(event);
}

}  // namespace lab::gui

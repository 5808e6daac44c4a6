#include "gui/models/corpus_table.h"

#include "gui/models/words.h"

namespace lab::gui {
namespace {

// "missing" and "changed" want a word; a text that is as it was wants none.
Tone toneOf(const v1::Corpus& corpus) {
  if (corpus.state() == "missing") return Tone::kBad;
  if (corpus.state() == "changed") return Tone::kWarning;
  return Tone::kPlain;
}

}  // namespace

CorpusTable::CorpusTable(CorpusStore* store, QObject* parent)
    : QAbstractTableModel(parent), store_(store), rows_(store->corpora()) {
  connect(store, &CorpusStore::changed, this, &CorpusTable::take);
}

const v1::Corpus* CorpusTable::corpus(const QModelIndex& index) const {
  const bool there = index.isValid() && index.row() < static_cast<int>(rows_.size());
  return there ? &rows_[index.row()] : nullptr;
}

QModelIndex CorpusTable::indexOf(const std::string& name) const {
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].name() == name) return index(static_cast<int>(i), kName);
  }
  return {};
}

int CorpusTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int CorpusTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant CorpusTable::data(const QModelIndex& index, int role) const {
  const v1::Corpus* corpus = this->corpus(index);
  if (corpus == nullptr) return {};
  if (role == Qt::TextAlignmentRole) {
    const bool figure = index.column() == kDocuments || index.column() == kSize;
    return static_cast<int>((figure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  if (role == kToneRole && index.column() == kState) return toneName(toneOf(*corpus));
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case kName:
      return q(corpus->name());
    case kKind:
      return q(corpus->kind());
    case kDocuments:
      return corpus->document_count() > 0 ? grouped(corpus->document_count()) : tr("not counted");
    case kSize:
      return corpus->size_bytes() > 0 ? bytes(corpus->size_bytes()) : tr("not made yet");
    case kEntropy:
      return corpus->known_entropy() ? tr("known") : tr("unknown");
    case kState:
      return corpus->path().empty() ? tr("built in") : q(corpus->state());
    case kTitle:
      return q(corpus->title());
  }
  return {};
}

QVariant CorpusTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) {
    const bool figure = section == kDocuments || section == kSize;
    return static_cast<int>((figure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kName:
      return tr("corpus");
    case kKind:
      return tr("kind");
    case kDocuments:
      return tr("documents");
    case kSize:
      return tr("size");
    case kEntropy:
      return tr("entropy");
    case kState:
      return tr("state");
    case kTitle:
      return tr("what it is");
  }
  return {};
}

void CorpusTable::take() {
  const std::vector<v1::Corpus>& fresh = store_->corpora();
  // Rows that stay keep their places, so that a selection stays with them.
  for (int row = static_cast<int>(rows_.size()) - 1; row >= 0; --row) {
    if (store_->find(rows_[row].name()) != nullptr) continue;
    beginRemoveRows({}, row, row);
    rows_.erase(rows_.begin() + row);
    endRemoveRows();
  }
  for (int row = 0; row < static_cast<int>(fresh.size()); ++row) {
    const bool known =
        row < static_cast<int>(rows_.size()) && rows_[row].name() == fresh[row].name();
    if (known) {
      rows_[row] = fresh[row];
      continue;
    }
    const QModelIndex elsewhere = indexOf(fresh[row].name());
    if (elsewhere.isValid()) {
      beginMoveRows({}, elsewhere.row(), elsewhere.row(), {}, row);
      rows_.erase(rows_.begin() + elsewhere.row());
      rows_.insert(rows_.begin() + row, fresh[row]);
      endMoveRows();
    } else {
      beginInsertRows({}, row, row);
      rows_.insert(rows_.begin() + row, fresh[row]);
      endInsertRows();
    }
  }
  if (!rows_.empty()) {
    Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(rows_.size()) - 1, kColumns - 1));
  }
}

}  // namespace lab::gui

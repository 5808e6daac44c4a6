#pragma once

// The corpora as rows of a table. GUI thread.

#include <QAbstractTableModel>

#include "gui/models/corpus_store.h"

namespace lab::gui {

class CorpusTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kName, kKind, kDocuments, kSize, kEntropy, kState, kTitle, kColumns };
  // The tone of a cell's word, for the view (models/words.h).
  static constexpr int kToneRole = Qt::UserRole + 1;

  // `store` outlives this.
  explicit CorpusTable(CorpusStore* store, QObject* parent = nullptr);

  // nullptr for an index of no row.
  const v1::Corpus* corpus(const QModelIndex& index) const;
  // An invalid index if there is none of this name.
  QModelIndex indexOf(const std::string& name) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  void take();

  CorpusStore* store_;
  std::vector<v1::Corpus> rows_;
};

}  // namespace lab::gui

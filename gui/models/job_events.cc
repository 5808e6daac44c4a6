#include "gui/models/job_events.h"

namespace lab::gui {

JobEvents::JobEvents(LabSession* session, QObject* parent)
    : QAbstractTableModel(parent), session_(session) {}

void JobEvents::follow(int64_t job_id) {
  if (job_id == job_) return;
  job_ = job_id;
  beginResetModel();
  rows_.clear();
  loaded_ = false;
  watch_.reset();
  endResetModel();
  if (job_ == 0) return;
  watch_ = std::make_unique<JobWatch>(session_, job_, nullptr,
                                      std::vector<std::string>{"state", "checkpoint", "mark"});
  connect(watch_.get(), &JobWatch::arrived, this,
          [this](const std::vector<v1::WatchEvent>& events) { take(events); });
  connect(watch_.get(), &JobWatch::finished, this, [this](const absl::Status& status) {
    loaded_ = true;
    Q_EMIT settled();
    if (!status.ok()) Q_EMIT failed(status);
  });
}

void JobEvents::goOn() {
  if (watch_ != nullptr) watch_->goOn();
}

void JobEvents::take(const std::vector<v1::WatchEvent>& events) {
  // The newest comes first.
  std::deque<Row> fresh;
  for (const v1::WatchEvent& event : events) {
    Row row = rowOf(event);
    if (!row.what.isEmpty()) fresh.push_front(std::move(row));
  }
  if (!fresh.empty()) {
    beginInsertRows({}, 0, static_cast<int>(fresh.size()) - 1);
    rows_.insert(rows_.begin(), fresh.begin(), fresh.end());
    endInsertRows();
  }
  loaded_ = true;
  Q_EMIT settled();
}

JobEvents::Row JobEvents::rowOf(const v1::WatchEvent& event) {
  Row row;
  row.time = clock(event.time());
  switch (event.kind_case()) {
    case v1::WatchEvent::kState:
      row.what = stateWord(event.state().state());
      if (event.state().has_error()) {
        row.text = q(event.state().error().message());
      } else if (event.state().attempt() > 1) {
        row.text = tr("attempt %1").arg(event.state().attempt());
      }
      break;
    case v1::WatchEvent::kCheckpoint:
      row.step = grouped(event.checkpoint().step());
      row.what = tr("checkpoint");
      row.text = tr("%1, %2, %3")
                     .arg(q(event.checkpoint().name()), q(event.checkpoint().kind()),
                          bytes(event.checkpoint().size_bytes()));
      break;
    case v1::WatchEvent::kMark:
      row.step = grouped(event.mark().step());
      row.what = q(event.mark().kind());
      row.text = q(event.mark().text());
      break;
    default:
      break;
  }
  return row;
}

int JobEvents::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int JobEvents::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant JobEvents::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Row& row = rows_[static_cast<size_t>(index.row())];
  const QString* cells[] = {&row.time, &row.step, &row.what, &row.text};
  const QString& text = *cells[index.column()];
  if (role == Qt::DisplayRole) return text;
  if (role == Qt::ToolTipRole && index.column() == kText) return text.toHtmlEscaped();
  return {};
}

QVariant JobEvents::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= kColumns) return {};
  if (role == Qt::TextAlignmentRole) return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  const QString titles[] = {tr("Time"), tr("Step"), tr("What"), tr("Details")};
  return titles[section];
}

}  // namespace lab::gui

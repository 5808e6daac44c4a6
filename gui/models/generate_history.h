#pragma once

// What was generated lately, newest first: kept in a file of the config folder, bounded, readable
// by its owner alone. GUI thread.

#include <QDateTime>
#include <QString>
#include <QStringList>
#include <vector>

#include "lab/v1/inspect.pb.h"

namespace lab::gui {

struct GenerateEntry {
  QDateTime time;
  v1::GenerateRequest settings;  // with the seed that was used
  QStringList references;        // one or two
  QStringList texts;             // what each of them wrote
};

class GenerateHistory {
 public:
  static constexpr size_t kEntries = 50;
  static constexpr int kTextLength = 8192;  // characters of a text or prompt that are kept

  // Reads what `file` holds, `most` entries of it; one that cannot be read counts as empty.
  explicit GenerateHistory(QString file, size_t most = kEntries);
  // The file beside the window's settings.
  static QString defaultFile();

  const std::vector<GenerateEntry>& entries() const { return entries_; }
  // Puts one in front and writes the file; false if that failed.
  bool add(GenerateEntry entry);
  // Keeps so many from now on; false if older ones could not be taken out of the file.
  bool setMost(size_t most);
  bool clear();

 private:
  bool write() const;

  QString file_;
  size_t most_;
  std::vector<GenerateEntry> entries_;
};

}  // namespace lab::gui

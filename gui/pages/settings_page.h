#pragma once

// Settings: light or dark, the machines whose labd this window can show, units and limits of data.

#include "gui/models/host_book.h"
#include "gui/models/words.h"
#include "gui/pages/page.h"

class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace lab::gui {

class SettingsPage : public Page {
  Q_OBJECT
 public:
  explicit SettingsPage(Lab* lab);

  bool settled() const override { return true; }

 private:
  QWidget* makeAppearance();
  QWidget* makeConnections();
  QWidget* makeNew();
  void showTheme();
  void showHosts();
  void addRow(const QString& host, const QString& name, const QString& what, bool known);
  void connectTo(const QString& host);
  void meet();
  void met(const absl::StatusOr<QString>& fingerprint);
  void add();
  void setBusy(bool busy);
  void tell(const QString& text, Tone tone);

  HostBook book_;
  std::vector<QPushButton*> modes_;
  QVBoxLayout* rows_ = nullptr;
  QLineEdit* name_ = nullptr;
  QLineEdit* address_ = nullptr;
  QLineEdit* token_ = nullptr;
  QWidget* confirm_ = nullptr;
  QLabel* fingerprint_ = nullptr;
  QPushButton* meet_ = nullptr;
  QPushButton* add_ = nullptr;
  QLabel* words_ = nullptr;
};

}  // namespace lab::gui

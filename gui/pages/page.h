#pragma once

// What every page is: a widget that knows the lab's models, is told when it is visited, and asks to
// go elsewhere. Pages know no gRPC: what they show comes from gui/models. GUI thread.

#include <QLabel>
#include <QWidget>
#include <cstdint>

#include "gui/models/lab.h"

class QHBoxLayout;
class QVBoxLayout;

namespace lab::gui {

// Where to go.
struct Route {
  QString page;      // its id: "pretrain"
  int64_t job = 0;   // to show; 0 for none
  QString argument;  // what else the page understands: a reference for "generate"
};

class Page : public QWidget {
  Q_OBJECT
 public:
  // `lab` outlives the page.
  explicit Page(Lab* lab, QWidget* parent = nullptr);

  // The page comes into view, perhaps with something to show.
  virtual void visit(const Route& route);
  // True once what it shows has arrived, be it that there is nothing.
  virtual bool settled() const = 0;
  // True while it shows an error.
  virtual bool failed() const { return false; }

 Q_SIGNALS:
  void go(const lab::gui::Route& route);
  // A word in passing, at the window's edge.
  void said(const QString& text);
  // Another labd is to be shown ("" for this machine's): everything begins anew with it.
  void hostChosen(const QString& host);

 protected:
  Lab& lab() const { return *lab_; }
  // The page's head: title and facts at the left, actions() at the right. Call once, first.
  void makeHead(const QString& title);
  QLabel* title() const { return title_; }
  // The dim line under the title; hidden while it is empty.
  void setFacts(const QString& facts);
  // Beside the title, for a state chip.
  QHBoxLayout* beside_title() const { return beside_title_; }
  QHBoxLayout* actions() const { return actions_; }
  // Below the head.
  QVBoxLayout* body() const { return body_; }

 private:
  Lab* lab_;
  QVBoxLayout* body_;
  QLabel* title_ = nullptr;
  QLabel* facts_ = nullptr;
  QHBoxLayout* beside_title_ = nullptr;
  QHBoxLayout* actions_ = nullptr;
};

}  // namespace lab::gui

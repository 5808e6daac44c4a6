#pragma once

// What starts a job: the form, the same as YAML, the sweep, and the forecast beside them. Its
// buttons stand in the page's head. GUI thread.

#include <QWidget>

#include "gui/models/config_desk.h"
#include "gui/models/corpus_store.h"
#include "gui/models/lab.h"

class QComboBox;
class QMenu;
class QPushButton;
class QScrollArea;
class QStackedWidget;

namespace lab::gui {

class ConfigForm;
class Faces;
class ForecastPanel;
class SweepEditor;
class YamlEditor;

class NewRun : public QWidget {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit NewRun(Lab* lab, QWidget* parent = nullptr);

  // For the page's head: the job type, and what is done with the config.
  QWidget* type_choice() const;
  QWidget* actions() const { return actions_; }
  // Begins with the config of a job, or with a ready run of this name.
  void startFromJob(int64_t id) { desk_.loadJob(id); }
  void startFromPreset(const QString& name);

  ConfigFormModel* model() { return &model_; }
  ConfigForm* form() const { return form_; }
  bool settled() const;
  bool failed() const;

 Q_SIGNALS:
  void queued(qint64 id);
  void said(const QString& text);
  // The title and facts may be others.
  void changed();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void makeActions();
  void fillMenu();
  void showCatalog();
  void showForecast();
  void showOffers();
  void showYaml(bool yaml);
  void loadFile();
  void saveFile();

  Lab* lab_;
  ConfigFormModel model_;
  ConfigDesk desk_;
  CorpusStore corpora_;
  Faces* faces_;
  QStackedWidget* views_;
  QScrollArea* scroll_;
  ConfigForm* form_;
  SweepEditor* sweep_;
  YamlEditor* yaml_;
  ForecastPanel* forecast_;
  QWidget* actions_;
  QComboBox* type_;
  QMenu* start_from_;
  QPushButton* as_yaml_;
  QPushButton* queue_;
};

}  // namespace lab::gui

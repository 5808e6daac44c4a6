#pragma once

// A config being written, as a form: the fields that the schema of a job type declares, their
// values, and what labd found wrong with them. The same config is YAML text at any time: a text
// that was loaded or typed stays as it is until a field is changed. GUI thread.

#include <QObject>
#include <QStringList>
#include <string_view>
#include <vector>

#include "gui/models/config_text.h"
#include "lab/v1/catalog.pb.h"
#include "lab/v1/job_service.pb.h"

namespace lab::gui {

// One field of the form.
struct FormField {
  v1::Field spec;
  bool of_queue = false;  // an option of the queue: not part of the config
  QString group;          // "model"; fields of a group stand together
  QString label;          // "learning rate"
  QString fallback;       // the default as text; "" if unset
  QString value;          // as typed; "" means the default, for text only where that is empty
  QString resolved;       // what labd would put in an unset field; "" if not known
  QString error;          // what is wrong; "" if nothing
  QString warning;

  bool isText() const { return spec.type() == "string"; }
  // The value is not the default.
  bool changed() const;
};

// An untouched field of the form.
FormField formField(const v1::Field& spec);
// Its value as YAML.
QString yamlOf(const FormField& field);

// A field and the values that a sweep gives it.
struct SweepRow {
  QString field;
  QString values;  // between commas
  QString error;
};

class ConfigFormModel : public QObject {
  Q_OBJECT
 public:
  explicit ConfigFormModel(QObject* parent = nullptr);

  // What the worker knows. A form that is being filled keeps its values.
  void setCatalog(const v1::Catalog& catalog);
  const v1::Catalog& catalog() const { return catalog_; }
  // A new form; nothing happens if there is no such type.
  void setType(std::string_view name);
  const v1::JobType& type() const { return type_; }

  const std::vector<FormField>& fields() const { return fields_; }
  // -1 if there is none.
  int indexOf(std::string_view name) const;
  void setValue(int index, const QString& value);
  void restore(int index) { setValue(index, fields_[index].fallback); }
  const std::vector<SweepRow>& sweep() const { return sweep_; }
  void setSweep(std::vector<SweepRow> rows);

  // The config as text.
  QString yaml() const;
  // Takes a text that is being typed.
  void setYaml(const QString& text);
  // Takes a config as a file has it, or as somebody submitted it.
  void load(const v1::ConfigText& config);
  // Why the fields do not show the text: "line 3: …"; "" if they do.
  QString trouble() const;
  // Of that, or of what the check found; from 1.
  QList<int> wrongLines() const;

  v1::ConfigText config() const;
  v1::CreateJobRequest request() const;

  // What labd says of this config.
  void take(const v1::CheckReport& report);
  // What it found wrong, and odd, where the form has no field.
  const QStringList& errorsElsewhere() const { return errors_elsewhere_; }
  const QStringList& warningsElsewhere() const { return warnings_elsewhere_; }
  // Index of the first field with an error; -1 if none.
  int firstError() const;

 Q_SIGNALS:
  // Other fields: a form is built anew.
  void rebuilt();
  // Value, error or resolved value of a field.
  void fieldChanged(int index);
  void sweepChanged();
  // Another config than before.
  void edited();
  // After take().
  void judged();

 private:
  void build();
  void settle();
  void takeText(const SettingsText& read);
  void apply(const Setting& setting);
  bool placeAtField(const v1::FieldError& error, bool is_error);
  bool placeAtSweep(const v1::FieldError& error);
  std::vector<Setting> settings() const;

  v1::Catalog catalog_;
  v1::JobType type_;
  std::vector<FormField> fields_;
  std::vector<SweepRow> sweep_;
  std::vector<Setting> others_;  // of the text, without a field here
  QString text_;                 // as loaded or typed …
  bool text_stands_ = false;     // … and not changed by the form since
  QString trouble_;
  int trouble_line_ = 0;
  QList<int> wrong_lines_;
  std::string file_, base_;
  QStringList errors_elsewhere_, warnings_elsewhere_;
};

}  // namespace lab::gui

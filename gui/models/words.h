#pragma once

// Words and numbers as the desktop shows them, from those that all faces share
// (proto/client/display.h). Pure; any thread.

#include <QDateTime>
#include <QString>
#include <optional>
#include <string>

#include "gui/style/tone.h"
#include "lab/v1/job.pb.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::gui {

// UTF-8 to Qt's text, and back. Any kind of string view: Abseil's is another one on some systems.
template <class View>
QString q(const View& utf8) {
  return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}
inline std::string utf8(const QString& text) { return text.toStdString(); }

// A name and its value; pages leave out what has none.
struct Fact {
  QString name, value;
  Tone tone = Tone::kPlain;
};

// "running", with the tone of its chip.
QString stateWord(v1::Job::State state);
Tone stateTone(v1::Job::State state);

// True while a job waits, runs or can go on by itself: queued, held, running, stopping, paused.
bool isActive(v1::Job::State state);

// 1 234 567, with thin spaces.
QString grouped(int64_t count);
// "2.3451", "1.2e-05", "NaN", "Infinity".
QString number(double value);
// "1 min 14 s".
QString duration(double seconds);
// "12.3 k".
QString count(double count);
// How the whole window writes sizes: by thousands ("1.21 GB") or by 1,024 ("1.13 GiB").
enum class ByteUnits { kDecimal, kBinary };
void setByteUnits(ByteUnits units);
ByteUnits byteUnits();
// "1.21 GB" or "1.13 GiB".
QString bytes(int64_t size_bytes);
// "14:02", with the day if it was not today; "" for an absent time.
QString clock(const google::protobuf::Timestamp& time);

// "nats/token" for the units that are worth spelling out, else the unit itself.
QString unitText(const std::string& unit);

// How far above the corpus's entropy (floor/loss) a job's loss is: of the validation loss where
// there is one. Absent without a known floor or a finite loss.
std::optional<double> aboveFloor(const v1::Job& job);

// What became of a job, in a few words: "0.06 nats/token above the floor", "diverged at step 412".
struct Verdict {
  QString text;
  Tone tone = Tone::kPlain;
};
Verdict verdictOf(const v1::Job& job);

}  // namespace lab::gui

#include "gui/models/corpus_store.h"

#include "gui/models/words.h"

namespace lab::gui {

CorpusStore::CorpusStore(LabSession* session, QObject* parent)
    : QObject(parent), session_(session) {
  connect(session, &LabSession::linked, this, [this] {
    if (wanted_) refresh();
  });
}

const v1::Corpus* CorpusStore::find(const std::string& name) const {
  for (const v1::Corpus& corpus : corpora_) {
    if (corpus.name() == name) return &corpus;
  }
  return nullptr;
}

void CorpusStore::refresh() {
  wanted_ = true;
  if (!session_->connected()) return;
  session_->ask(
      this, [](const LabClient& client) { return client.ListCorpora(); },
      [this, number = ++number_](absl::StatusOr<v1::ListCorporaResponse> answer) {
        if (number != number_) return;
        status_ = answer.status();
        if (answer.ok()) {
          loaded_ = true;
          corpora_.assign(answer->corpora().begin(), answer->corpora().end());
        }
        Q_EMIT changed();
      });
}

void CorpusStore::add(const QString& path, const QString& name,
                      std::function<void(const absl::StatusOr<v1::Corpus>&)> done) {
  v1::AddCorpusRequest request;
  request.set_path(utf8(path));
  request.set_name(utf8(name));
  session_->ask(
      this, [request](const LabClient& client) { return client.AddCorpus(request); },
      [this, done = std::move(done)](const absl::StatusOr<v1::Corpus>& answer) {
        if (answer.ok()) refresh();
        done(answer);
      });
}

void CorpusStore::remove(const std::string& name, std::function<void(const absl::Status&)> done) {
  session_->ask(
      this, [name](const LabClient& client) { return client.RemoveCorpus(name); },
      [this, done = std::move(done)](const absl::Status& answer) {
        refresh();
        done(answer);
      });
}

void CorpusStore::renew(const v1::Corpus& corpus,
                        std::function<void(const absl::StatusOr<v1::Corpus>&)> done) {
  v1::AddCorpusRequest request;
  request.set_path(corpus.path());
  request.set_name(corpus.name());
  session_->ask(
      this,
      [request](const LabClient& client) -> absl::StatusOr<v1::Corpus> {
        RETURN_IF_ERROR(client.RemoveCorpus(request.name()));
        return client.AddCorpus(request);
      },
      [this, done = std::move(done)](const absl::StatusOr<v1::Corpus>& answer) {
        refresh();
        done(answer);
      });
}

void CorpusStore::preview(const std::string& name, int documents,
                          std::function<void(const absl::StatusOr<v1::CorpusPreview>&)> done) {
  v1::PreviewCorpusRequest request;
  request.set_name(name);
  request.set_document_count(documents);
  session_->ask(
      this, [request](const LabClient& client) { return client.PreviewCorpus(request); },
      std::move(done));
}

}  // namespace lab::gui

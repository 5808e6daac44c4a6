#include "gui/models/host_book.h"

#include <QPointer>
#include <memory>

#include "gui/models/words.h"
#include "proto/client/connection.h"
#include "proto/client/lab_client.h"
#include "proto/client/probe.h"

namespace lab::gui {
namespace {

constexpr double kFetchSeconds = 15;
constexpr double kTrySeconds = 10;

// Asks the machine what it is. It comes back with what its way needed: the socket behind ssh.
absl::StatusOr<Host> tryHost(const Address& address, std::string* words) {
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(address));
  const LabClient client(connection->channel(), kTrySeconds);
  absl::StatusOr<v1::System> system = client.GetSystem();
  if (!system.ok()) return connection->Explain(system.status());
  *words = utf8(HostBook::tr("%1: labd %2, %3, %4 cores")
                    .arg(q(address.host.name), q(system->version()), q(system->processor()))
                    .arg(system->thread_count()));
  return connection->address().host;
}

}  // namespace

HostBook::HostBook(QObject* parent) : QObject(parent) { reload(); }

HostBook::~HostBook() { pool_.waitForDone(); }

absl::StatusOr<std::filesystem::path> HostBook::file() const {
  ASSIGN_OR_RETURN(Places places, FindPlaces());
  return places.hosts();
}

void HostBook::reload() {
  auto read = [this]() -> absl::StatusOr<std::vector<Host>> {
    ASSIGN_OR_RETURN(std::filesystem::path path, file());
    return ReadHosts(path);
  };
  absl::StatusOr<std::vector<Host>> hosts = read();
  status_ = hosts.status();
  if (hosts.ok()) hosts_ = *std::move(hosts);
  Q_EMIT changed();
}

template <class T>
void HostBook::run(std::function<T()> work, std::function<void(T)> done) {
  pool_.start([this, work = std::move(work), done = std::move(done), number = ++number_] {
    auto result = std::make_shared<T>(work());
    // Queued for this object, so not delivered once it is gone.
    QMetaObject::invokeMethod(
        this,
        [this, result, done, number] {
          if (number == number_) done(std::move(*result));
        },
        Qt::QueuedConnection);
  });
}

void HostBook::meet(const QString& name, const QString& address,
                    std::function<void(const absl::StatusOr<QString>&)> done) {
  using Met = absl::StatusOr<Address>;
  auto look = [name = utf8(name.trimmed()), text = utf8(address.trimmed())]() -> Met {
    RETURN_IF_ERROR(CheckHostName(name));
    ASSIGN_OR_RETURN(Address met, ParseRemoteAddress(text));
    met.host.name = name;
    met.host.address = met.Text();
    if (met.way == Address::Way::kSsh) return met;
    ASSIGN_OR_RETURN(ServerCertificate shown, FetchCertificate(met.at, kFetchSeconds));
    met.host.certificate = shown.pem;
    met.host.fingerprint = shown.fingerprint;
    return met;
  };
  run<Met>(look, [this, done = std::move(done)](const Met& met) {
    if (!met.ok()) return done(met.status());
    met_ = *met;
    done(q(met->host.fingerprint));
  });
}

void HostBook::add(const QString& token, std::function<void(const absl::StatusOr<QString>&)> done) {
  using Added = absl::StatusOr<std::string>;
  auto attempt = [this, address = met_, token = utf8(token)]() mutable -> Added {
    if (address.way == Address::Way::kTls) {
      ASSIGN_OR_RETURN(address.host.token, CleanToken(token));
    }
    std::string words;
    ASSIGN_OR_RETURN(Host host, tryHost(address, &words));
    ASSIGN_OR_RETURN(std::filesystem::path path, file());
    RETURN_IF_ERROR(SaveHost(path, host));
    return words;
  };
  run<Added>(attempt, [this, done = std::move(done)](const Added& words) {
    reload();
    if (!words.ok()) return done(words.status());
    done(q(*words));
  });
}

absl::Status HostBook::forget(const std::string& name) {
  ASSIGN_OR_RETURN(std::filesystem::path path, file());
  RETURN_IF_ERROR(ForgetHost(path, name));
  reload();
  return absl::OkStatus();
}

}  // namespace lab::gui

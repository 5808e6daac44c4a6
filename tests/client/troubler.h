#pragma once

// Puts a FakeLab's trouble into all of its services at once.

#include <grpcpp/support/server_interceptor.h>

#include <string_view>

#include "tests/client/fake_lab.h"

namespace lab::testing {

class Troubler : public grpc::experimental::Interceptor {
 public:
  Troubler(FakeLab& lab, std::string_view method)
      : lab_(lab),
        spared_(method.starts_with("/lab.v1.SystemService/") ||
                method.starts_with("/grpc.health.")) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (!spared_ && methods->QueryInterceptionHookPoint(Point::POST_RECV_INITIAL_METADATA)) {
      lab_.AwaitEndOfStall();
    }
    if (!spared_ && lab_.trouble() == FakeLab::Trouble::kRefuse &&
        methods->QueryInterceptionHookPoint(Point::PRE_SEND_STATUS)) {
      methods->ModifySendStatus(
          grpc::Status(grpc::StatusCode::INTERNAL, "the disk cannot be read"));
    }
    methods->Proceed();
  }

 private:
  FakeLab& lab_;
  const bool spared_;
};

class TroublerFactory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit TroublerFactory(FakeLab& lab) : lab_(lab) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Troubler(lab_, info->method());
  }

 private:
  FakeLab& lab_;
};

}  // namespace lab::testing

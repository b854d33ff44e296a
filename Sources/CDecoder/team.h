// A few threads that share out pieces of work. Nobody waits for a thread, only for pieces that one
// has begun: on a busy machine the caller does the rest itself.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace whence::decoder {

class Team {
 public:
  /// `size` counts the thread that calls ``run``.
  explicit Team(size_t size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  size_t size() const { return threads.size() + 1; }

  /// Calls body(piece, worker) for every piece below `count`, and returns when all are done.
  template <class Body>
  void run(size_t count, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    share(count, [](void* context, size_t piece, size_t worker) {
      (*static_cast<Plain*>(context))(piece, worker);
    }, &body);
  }

 private:
  using Function = void (*)(void* context, size_t piece, size_t worker);

  void share(size_t count, Function function, void* context);
  void help(size_t worker);
  void end();
  /// Takes pieces of what is under way until there are none.
  void work(size_t worker);

  // What is under way: its number, the count of its pieces, the next of them.
  static constexpr unsigned pieceBits = 20;
  std::atomic<uint64_t> ticket{0};
  std::atomic<uint32_t> finished{0};
  std::atomic<uint32_t> epoch{0};  // what sleepers watch
  std::atomic<bool> ending{false};
  Function function = nullptr;
  void* context = nullptr;
  uint64_t number = 0;
  std::vector<std::thread> threads;
};

}  // namespace whence::decoder

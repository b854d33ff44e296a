#include "team.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace whence::decoder {
namespace {

/// How often a thread looks again before it sleeps: a few microseconds, less than being woken costs.
constexpr int patience = 150;

inline void breathe() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

}  // namespace

Team::Team(size_t size) {
  try {
    for (size_t worker = 1; worker < size; worker++)
      threads.emplace_back([this, worker] { help(worker); });
  } catch (...) {  // no more threads to have
    end();
    throw;
  }
}

Team::~Team() { end(); }

void Team::end() {
  ending = true;
  epoch++;
  epoch.notify_all();
  for (auto& thread : threads) thread.join();
}

void Team::share(size_t count, Function newFunction, void* newContext) {
  constexpr size_t most = (size_t{1} << pieceBits) - 1;
  if (threads.empty() || count < 2 || count > most) {
    for (size_t piece = 0; piece < count; piece++) newFunction(newContext, piece, 0);
    return;
  }
  function = newFunction;
  context = newContext;
  finished.store(0, std::memory_order_relaxed);
  number++;
  ticket.store(number << 2 * pieceBits | count << pieceBits, std::memory_order_release);
  epoch.fetch_add(1);
  epoch.notify_all();  // no system call if nobody sleeps
  work(0);
  for (int look = 0; look < patience; look++) {
    if (finished.load(std::memory_order_acquire) == count) return;
    breathe();
  }
  uint32_t done;
  while ((done = finished.load(std::memory_order_acquire)) != count) finished.wait(done);
}

void Team::work(size_t worker) {
  constexpr uint64_t mask = (uint64_t{1} << pieceBits) - 1;
  uint64_t seen = ticket.load(std::memory_order_acquire);
  while (true) {
    const uint64_t count = seen >> pieceBits & mask, piece = seen & mask;
    if (piece >= count) return;
    if (!ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) continue;
    // Ours now: until it is done, function and context stay.
    function(context, piece, worker);
    if (finished.fetch_add(1, std::memory_order_acq_rel) + 1 == count) finished.notify_all();
    seen = ticket.load(std::memory_order_acquire);
  }
}

void Team::help(size_t worker) {
  while (!ending) {
    const uint32_t now = epoch.load();
    work(worker);
    bool isNews = false;
    for (int look = 0; look < patience && !isNews; look++) {
      isNews = epoch.load(std::memory_order_relaxed) != now;
      breathe();
    }
    if (!isNews) epoch.wait(now);
  }
}

}  // namespace whence::decoder

internal import Dispatch
internal import Synchronization

/// Computes `count` results on all cores.
func inParallel<Result: Sendable>(
  _ count: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  let chunk = 256
  let parts = Mutex<[Int: [Result]]>([:])
  DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
    let range = part * chunk..<min(count, (part + 1) * chunk)
    let results = range.map(body)
    parts.withLock { $0[part] = results }
  }
  return parts.withLock { parts in parts.keys.sorted().flatMap { parts[$0] ?? [] } }
}

import ClientAPI
import OpenLoRA

/// A server's adapters, changed over HTTP: every change, and every one that failed, is a line of the log.
struct LoggedAdapters: AdapterOperator {
  let server: InferenceServer

  func loadAdapter(_ request: AdapterLoadRequest) async throws(InferenceFailure) {
    do {
      try await server.loadAdapter(request)
      OperationLog.add("adapter \(request.name) is loaded\(request.isPinned ? " and pinned" : "")")
    } catch {
      OperationLog.add("adapter \(request.name) is not loaded: \(error)")
      throw error
    }
  }

  func unloadAdapter(named name: String) async throws(InferenceFailure) {
    do {
      try await server.unloadAdapter(named: name)
      OperationLog.add("adapter \(name) is unloaded")
    } catch {
      OperationLog.add("adapter \(name) is not unloaded: \(error)")
      throw error
    }
  }

  func adapterFigures() async -> AdapterStoreFigures? { await server.adapterFigures() }
}

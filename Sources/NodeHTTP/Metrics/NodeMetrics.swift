internal import Telemetry

/// What a node measures; `docs/spec/http.md` lists the names.
///
/// Where vLLM has a measure of the same thing, the name is its name behind our prefix.
enum NodeMetric {
  static let requests = MetricFamily(
    "whence_http_requests_total", .counter, labels: ["route", "method", "status"],
    seriesBound: 1024, help: "Requests answered, by route, method and status.")
  static let refusals = MetricFamily(
    "whence_refusals_total", .counter, labels: ["code"], help: "Refusals, by code.")
  static let firstToken = MetricFamily(
    "whence_time_to_first_token_seconds", .histogram(bounds: MetricFamily.waitBounds),
    help: "Seconds from a request to the first piece of its answer.")
  static let betweenTokens = MetricFamily(
    "whence_inter_token_latency_seconds", .histogram(bounds: MetricFamily.waitBounds),
    help: "Seconds between two pieces of an answer.")
  static let wholeAnswer = MetricFamily(
    "whence_e2e_request_latency_seconds", .histogram(bounds: MetricFamily.waitBounds),
    help: "Seconds from a request to the end of its answer.")
  static let promptTokens = MetricFamily(
    "whence_prompt_tokens_total", .counter, help: "Tokens of prompts that were answered.")
  static let answerTokens = MetricFamily(
    "whence_generation_tokens_total", .counter, help: "Tokens of answers.")
  static let answers = MetricFamily(
    "whence_request_success_total", .counter, labels: ["finished_reason"],
    help: "Answers given, by what ended them.")
  static let embeddedTexts = MetricFamily(
    "whence_embedding_texts_total", .counter, help: "Texts turned into vectors.")
  static let embeddedTokens = MetricFamily(
    "whence_embedding_tokens_total", .counter, help: "Tokens of texts turned into vectors.")

  static let running = MetricFamily(
    "whence_num_requests_running", .gauge, help: "Answers in the engine's steps.")
  static let waiting = MetricFamily(
    "whence_num_requests_waiting", .gauge, help: "Answers that wait for a place in the engine.")
  static let cacheUsage = MetricFamily(
    "whence_kv_cache_usage_perc", .gauge,
    help: "The part of the pages of keys and values that answers hold, from 0 to 1.")
  static let pages = MetricFamily(
    "whence_kv_pages", .gauge, labels: ["state"],
    help: "Pages of keys and values: held by answers, kept for what may come, and free.")
  static let prefixQueries = MetricFamily(
    "whence_prefix_cache_queries_total", .counter,
    help: "Tokens of prompts that were looked for among what was read before.")
  static let prefixHits = MetricFamily(
    "whence_prefix_cache_hits_total", .counter,
    help: "Tokens of prompts that had been read before.")
  static let steps = MetricFamily(
    "whence_engine_steps_total", .counter, help: "Steps that the engine computed.")
  static let openTokens = MetricFamily(
    "whence_open_tokens", .gauge,
    help: "Tokens that remain to be read and written for what is open, at the most.")
  static let throughput = MetricFamily(
    "whence_engine_tokens_per_second", .gauge,
    help: "Tokens that the engine read and wrote of late, per second of its own time.")
  static let unsettled = MetricFamily(
    "whence_unsettled_answers", .gauge, help: "Answers given whose receipts are not settled.")
  static let unattributed = MetricFamily(
    "whence_attribution_queue", .gauge, help: "Answers given that wait to be attributed.")
  static let attribution = MetricFamily(
    "whence_attribution_seconds_total", .counter, help: "Seconds spent on attributing answers.")
  static let troubles = MetricFamily(
    "whence_settlement_troubles_total", .counter,
    help: "Times that an answer could not be settled when it was tried.")
  static let adapters = MetricFamily(
    "whence_adapters", .gauge, labels: ["state"],
    help: "Adapters: loaded, in use by an answer, and on disk alone.")
  static let adapterBytes = MetricFamily(
    "whence_adapter_bytes", .gauge, help: "Bytes of the adapters that are loaded.")
  static let adapterLoads = MetricFamily(
    "whence_adapter_loads_total", .counter, help: "Adapters loaded.")
  static let adapterEvictions = MetricFamily(
    "whence_adapter_evictions_total", .counter, help: "Adapters given up for others.")
  static let height = MetricFamily(
    "whence_ledger_height", .gauge, help: "Height of the ledger's last block.")

  static let all = [
    requests, refusals, firstToken, betweenTokens, wholeAnswer, promptTokens, answerTokens, answers,
    embeddedTexts, embeddedTokens, running, waiting, cacheUsage, pages, prefixQueries, prefixHits,
    steps, openTokens, throughput, unsettled, unattributed, attribution, troubles, adapters,
    adapterBytes, adapterLoads, adapterEvictions, height,
  ]
}

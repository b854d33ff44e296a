internal import Foundation

extension LoRAAdapter {
  /// The two files of the PEFT library's format.
  public struct Files: Hashable, Sendable {
    public static let weightsName = "adapter_model.safetensors"
    public static let settingsName = "adapter_config.json"

    public let weights: [UInt8]
    public let settings: [UInt8]

    public init(weights: [UInt8], settings: [UInt8]) {
      self.weights = weights
      self.settings = settings
    }
  }

  /// What our own `adapter_config.json` says.
  private struct WrittenSettings: Encodable {
    var peft_type = "LORA"
    var task_type = "CAUSAL_LM"
    var base_model_name_or_path: String
    var r: Int
    var lora_alpha: Float
    var lora_dropout: Float = 0
    var bias = "none"
    var fan_in_fan_out = false
    var inference_mode = true
    var use_dora = false
    var use_rslora = false
    var target_modules = LinearKind.allCases.map {
      String($0.moduleName.split(separator: ".")[1])
    }
  }

  /// How many numbers an adapter may have for each byte of its file: one that adapts two small maps
  /// of a single layer leaves most of them out.
  private static let zerosPerByte = 64

  private static func name(_ position: LinearPosition, _ matrix: String) -> String {
    "base_model.model.model.layers.\(position.layer).\(position.kind.moduleName).\(matrix).weight"
  }

  /// The adapter in the PEFT library's format; the same adapter always gives the same bytes.
  /// - Parameter baseModel: a name for whoever reads the file.
  public func files(baseModel: String) throws(ModelFailure) -> Files {
    var arrays: [String: SafetensorsFile.Array] = [:]
    for position in LinearPosition.all(configuration) {
      arrays[LoRAAdapter.name(position, "lora_A")] = .init(
        shape: [rank, position.kind.inputWidth(configuration)], values: down[position.index])
      arrays[LoRAAdapter.name(position, "lora_B")] = .init(
        shape: [position.kind.outputWidth(configuration), rank], values: up[position.index])
    }
    let settings = WrittenSettings(
      base_model_name_or_path: baseModel, r: rank, lora_alpha: alpha)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      return Files(
        weights: SafetensorsFile(arrays: arrays).encoded(),
        settings: [UInt8](try encoder.encode(settings)))
    } catch {
      throw ModelFailure(.adapterCorrupt, "the settings can't be written", underlying: error)
    }
  }

  /// Reads the PEFT library's format.
  ///
  /// Maps that the files don't adapt stay as they are. Maps of lower ranks than others are filled up
  /// with zeros, and factors of their own go into B.
  /// - Throws: ``ModelFailure`` with `adapterCorrupt`, `adapterMismatch` for another model's sizes, or
  ///   `adapterUnsupported` for forms that plain LoRA arithmetic doesn't cover.
  public init(_ files: Files, for configuration: LlamaConfiguration) throws(ModelFailure) {
    let settings = try Settings(files.settings, for: configuration)
    var stored: [String: SafetensorsFile.Array]
    do {
      stored = try SafetensorsFile(decoding: files.weights).arrays
    } catch {
      throw ModelFailure(.adapterCorrupt, "the adapter's weights are unreadable", underlying: error)
    }
    let positions = LinearPosition.all(configuration)
    let rank = positions.map(settings.rank).max() ?? settings.rank
    // What is missing is zeros: few files' worth of them, whatever rank a stranger writes down.
    let whole = positions.reduce(0) { sum, position in
      sum + position.kind.inputWidth(configuration) + position.kind.outputWidth(configuration)
    }
    guard whole * rank <= files.weights.count * Self.zerosPerByte else {
      throw ModelFailure(.adapterMismatch, "the files hold too little of an adapter that large")
    }
    let scale = positions.allSatisfy { settings.scale($0) == settings.scale } ? settings.scale : 1
    func matrix(_ name: String, _ shape: [Int]) throws(ModelFailure) -> [Float]? {
      guard let array = stored.removeValue(forKey: name) else { return nil }
      guard array.shape == shape else {
        throw ModelFailure(.adapterMismatch, "\(name) has shape \(array.shape), not \(shape)")
      }
      guard array.values.allSatisfy(\.isFinite) else {
        throw ModelFailure(.adapterCorrupt, "\(name) holds what is no finite number")
      }
      return array.values
    }
    var (down, up): ([[Float]], [[Float]]) = ([], [])
    var isEmpty = true
    for position in positions {
      let (inputs, outputs) = (
        position.kind.inputWidth(configuration), position.kind.outputWidth(configuration)
      )
      let own = settings.rank(position)
      let a = try matrix(LoRAAdapter.name(position, "lora_A"), [own, inputs])
      let b = try matrix(LoRAAdapter.name(position, "lora_B"), [outputs, own])
      guard (a == nil) == (b == nil) else {
        throw ModelFailure(
          .adapterCorrupt, "layer \(position.layer) has one of lora_A and lora_B without the other")
      }
      isEmpty = isEmpty && a == nil
      let times = scale == settings.scale ? 1 : settings.scale(position) / scale
      down.append((a ?? []) + .zeros((a == nil ? rank : rank - own) * inputs))
      up.append(
        Self.widened(b ?? .zeros(outputs * own), from: own, to: rank, times: times))
    }
    guard stored.isEmpty, !isEmpty else { throw Self.leftOver(stored.keys.sorted()) }
    let isPlain = rank == settings.rank && !settings.isRankStabilised && scale == settings.scale
    try self.init(
      configuration: configuration, rank: rank,
      alpha: isPlain ? settings.alpha : scale * Float(rank), down: down, up: up)
  }

  /// Rows of `rank` numbers as rows of more, which end with zeros.
  private static func widened(
    _ values: [Float], from rank: Int, to wide: Int, times factor: Float
  ) -> [Float] {
    let values = factor == 1 ? values : values.map { factor * $0 }
    guard wide > rank else { return values }
    var rows: [Float] = []
    rows.reserveCapacity(values.count / rank * wide)
    for start in stride(from: 0, to: values.count, by: rank) {
      rows += values[start..<start + rank]
      rows += [Float].zeros(wide - rank)
    }
    return rows
  }

  /// What weights say that adapt none of the model's maps.
  private static func leftOver(_ names: [String]) -> ModelFailure {
    let name = names.first ?? ""
    for (part, field) in [
      ("lora_magnitude_vector", "use_dora"), ("modules_to_save", "modules_to_save"),
      ("token_adapter", "trainable_token_indices"), ("embed_tokens", "target_modules embed_tokens"),
      ("lora_embedding", "target_modules embed_tokens"), ("lm_head", "target_modules lm_head"),
      (".bias", "bias"),
    ] where names.contains(where: { $0.contains(part) }) {
      return ModelFailure(.adapterUnsupported, "\(field) is not supported, which \(name) takes")
    }
    return ModelFailure(
      .adapterMismatch,
      names.isEmpty ? "the file has no weights" : "no match in the model: \(names.prefix(3))")
  }

  /// Writes both files into a folder, which is made if missing.
  /// - Throws: ``ModelFailure`` with `fileUnwritable`.
  public func save(to folder: String, baseModel: String) throws(ModelFailure) {
    let files = try files(baseModel: baseModel)
    let folder = URL(filePath: folder)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(files.weights).write(
        to: folder.appending(path: Files.weightsName), options: .atomic)
      try Data(files.settings).write(
        to: folder.appending(path: Files.settingsName), options: .atomic)
    } catch {
      throw ModelFailure(.fileUnwritable, "can't write \(folder.path())", underlying: error)
    }
  }

  /// Reads both files from a folder.
  /// - Throws: ``ModelFailure`` with `adapterMissing`, or as reading ``Files`` does.
  public init(folder: String, for configuration: LlamaConfiguration) throws(ModelFailure) {
    let url = URL(filePath: folder)
    let files: Files
    do {
      files = Files(
        weights: [UInt8](try Data(contentsOf: url.appending(path: Files.weightsName))),
        settings: [UInt8](try Data(contentsOf: url.appending(path: Files.settingsName))))
    } catch {
      throw ModelFailure(.adapterMissing, "can't read \(folder)", underlying: error)
    }
    try self.init(files, for: configuration)
  }
}

extension [Float] {
  fileprivate static func zeros(_ count: Int) -> [Float] { .init(repeating: 0, count: count) }
}

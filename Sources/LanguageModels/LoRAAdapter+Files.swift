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

  /// What `adapter_config.json` says; unknown keys are ignored, those that change the arithmetic
  /// are refused.
  private struct Settings: Codable {
    var peft_type: String
    var task_type: String? = "CAUSAL_LM"
    var base_model_name_or_path: String? = nil
    var r: Int
    var lora_alpha: Float
    var lora_dropout: Float? = 0
    var bias: String? = "none"
    var fan_in_fan_out: Bool? = false
    var inference_mode: Bool? = true
    var use_dora: Bool? = false
    var use_rslora: Bool? = false
    var target_modules: [String]? = LinearKind.allCases.map {
      String($0.moduleName.split(separator: ".")[1])
    }

    var isPlain: Bool {
      peft_type == "LORA" && bias ?? "none" == "none" && fan_in_fan_out != true
        && use_dora != true && use_rslora != true
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
    var settings = Settings(peft_type: "LORA", r: rank, lora_alpha: alpha)
    settings.base_model_name_or_path = baseModel
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
  /// Maps that the files don't adapt stay as they are.
  /// - Throws: ``ModelFailure`` with `adapterCorrupt`, or `adapterMismatch` for another model's
  ///   sizes and for forms that plain LoRA arithmetic doesn't cover.
  public init(_ files: Files, for configuration: LlamaConfiguration) throws(ModelFailure) {
    let settings: Settings
    let stored: [String: SafetensorsFile.Array]
    do {
      settings = try JSONDecoder().decode(Settings.self, from: Data(files.settings))
      stored = try SafetensorsFile(decoding: files.weights).arrays
    } catch {
      throw ModelFailure(.adapterCorrupt, "the adapter's files are unreadable", underlying: error)
    }
    guard settings.isPlain, (1...1024).contains(settings.r) else {
      throw ModelFailure(.adapterMismatch, "not a plain LoRA adapter")
    }
    // What is missing is zeros: few files' worth of them, whatever rank a stranger writes down.
    let whole = LinearPosition.all(configuration).reduce(0) { sum, position in
      let kind = position.kind
      return sum + kind.inputWidth(configuration) + kind.outputWidth(configuration)
    }
    guard whole * settings.r <= files.weights.count * Self.zerosPerByte else {
      throw ModelFailure(.adapterMismatch, "the files hold too little of an adapter that large")
    }
    var unread = Set(stored.keys)
    func matrix(_ name: String, _ shape: [Int]) throws(ModelFailure) -> [Float] {
      guard let array = stored[name] else {
        return [Float](repeating: 0, count: shape.reduce(1, *))
      }
      guard array.shape == shape else {
        throw ModelFailure(.adapterMismatch, "\(name) has shape \(array.shape), not \(shape)")
      }
      unread.remove(name)
      return array.values
    }
    var down: [[Float]] = []
    var up: [[Float]] = []
    for position in LinearPosition.all(configuration) {
      let kind = position.kind
      down.append(
        try matrix(
          LoRAAdapter.name(position, "lora_A"), [settings.r, kind.inputWidth(configuration)]))
      up.append(
        try matrix(
          LoRAAdapter.name(position, "lora_B"), [kind.outputWidth(configuration), settings.r]))
    }
    guard unread.isEmpty, !stored.isEmpty else {
      throw ModelFailure(.adapterMismatch, "no match in the model: \(unread.sorted().prefix(3))")
    }
    try self.init(
      configuration: configuration, rank: settings.r, alpha: settings.lora_alpha, down: down,
      up: up)
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

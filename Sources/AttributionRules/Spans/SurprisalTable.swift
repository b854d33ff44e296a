internal import Primitives

/// The committed costs of a byte behind another, both by class: `docs/spec/spans.md`.
///
/// Counted once by `scripts/surprisal/make_table.py` in public dictionaries, and fixed: other costs
/// would be another model.
enum SurprisalTable {
  static let classCount = 33

  /// One row for each class of the byte before, two hexadecimal digits for each class of the byte:
  /// sixteenths of a bit.
  static let rows = [
    "ffff5ed0ff29ff1f5b4957565a6666588a885a5461494a9c62413455726c9f98a9",
    "ffff67beff42ff324a435052486157408381524f5c354794523e33586b4aa686a9",
    "70400b4d6020ffb5a5a5aabebfbdc1e9e0a0d09baad1cddcab857fe4bcd893ecff",
    "16164f727a5dff688853755d8a56657f8fa78a7a766f81ca8a707c69a68898ac8d",
    "a10171e0e79effdbe7cde0e7c2f0ffcde0e7e7f0dbe7f0e7ffe7e7f0cdffd7b8db",
    "3c2134454b38f3525d515e615f6e585971885f59665e54a0644651677b688b96a0",
    "6e4b618e7e53107e8e5e57557e4a8e8e8e8e55504d7e754e5159417e7e8e8e8e53",
    "7532d0968978ffbd5a4356847256a555a773314f27af5ca8343f2e6860838a679f",
    "7b5ba98d8c66eb3771787927a7b2b93961ce3169773296f43c4b7b3ba0bcbc34e2",
    "8a439f799d66e030bf5b9a30b8b93437dd504a92b7288f9e4f66334cd4c6de67c6",
    "5713c7767356ff4994966629a37a9a339fc77188874d98cd56559b4c817bc361ee",
    "6222d0797357ff4a81483859656a8f6fc1a04d52397168812c384e7f65776072c0",
    "9216b79fa871f549cb8bbb434eb9ce2ed1eb4db1b62ca8e43f924455ffccd288ff",
    "5e1eb469754deb45a3a79f27ac743d3fdcaf55794c4a98ff375e8145d5b3eb68ba",
    "7a30c694956cff2daeb8a414c9dbcd34f9cf887d7b39a3ce568e4d67e386f65ead",
    "a57fdca7b983ff4b663651485050c390c77f49551f3965965535338653d37ee578",
    "a5748558aa759f248b789b229ca2ae6eac8bba91962979e38b808d1b95aad3cae3",
    "5324ab676c3fc2517799881e978a852bcaa7508d456a8dc87f3f7a6eac7add66b0",
    "6a2cae897956ff2f8c7856287881d232ff803680933986ffa55659537498de3fca",
    "6336ae7b7d55f6264c9b9f23a5b6a936eedc784a863738daae53a64bb3bfca6ade",
    "6723cd857d5cff48ac4a313a6c3094477c78808a6c4b96baa53f326377ada767ac",
    "a13ed7a7b082ff716c5654842e5d97679f7d4a3e285b4fd12a4e494263518391b2",
    "764f9e799856ef34ae839023afa24743d8af347b92364aec2c5c5346c2b2bf7ffc",
    "86618b819b5fd97d9c8b939ea6c0d98cd9d95b9192acb0d9897ba602b4a4a2d9c9",
    "6829c1858360e9337a5f5529715d8636d4666f52563473e0614849596d9ddd52d9",
    "4d1fb5685f49eb5ba757a0338fa7503bd27471628e43459aa045304db986d05dec",
    "682cb685825eff41a980b22da4c4222febd37588a53b7cff44536256cb66cf5abb",
    "ad6fdd98b977ff4151475a4e7c59b352d8863b442c824cef2e2935a698c48ba8a8",
    "a57a978ab181e52fbaa7990ed5a5bc20ffea998dc744b8dda08faa80e1dab375f1",
    "7641a983966aff2d86b58d2ea4c02821e89d73a64d33a7f8525386a6f17fe886ff",
    "583062606b37f03cab44983b87aa752ee0cb8d80936131c3b5862760a29e8367e0",
    "4d0ece6b5743ff7181647e46b287bb61eccf64595b534bd6783a5ea2d592a6daa5",
    "704a656f6f49d52d8aa88f1683b58531d5b56a81a833b0c5a289895f9a91894e4f",
  ]

  /// The same as numbers, row after row.
  static let costs: [UInt8] = rows.flatMap { [UInt8](hex: $0) ?? [] }

  /// What tells a byte from others of its class, in sixteenths of a bit.
  static func costWithinClass(_ byte: UInt8) -> UInt64 {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): 53
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): 16
    case 128...: 96
    default: classOf(byte) == 5 ? 64 : 0
    }
  }

  /// Layout, space, digit, full stop, comma, other ASCII, above ASCII, then the letters from 7 on.
  static func classOf(_ byte: UInt8) -> Int {
    switch byte {
    case 0..<32, 127: 0
    case UInt8(ascii: " "): 1
    case UInt8(ascii: "0")...UInt8(ascii: "9"): 2
    case UInt8(ascii: "."): 3
    case UInt8(ascii: ","): 4
    case 128...: 6
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte - UInt8(ascii: "A")) + 7
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a")) + 7
    default: 5
    }
  }
}

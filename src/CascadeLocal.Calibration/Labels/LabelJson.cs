using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Labels;

/// <summary>How a labels folder is written, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ShortFloatsConverter)])]
[JsonSerializable(typeof(LabelRow))]
[JsonSerializable(typeof(MembersFile))]
internal sealed partial class LabelJson : JsonSerializerContext
{
    /// <summary>Letters of all languages as people read them: the files never stand inside a web page.</summary>
    // Made when first asked for: the generated half of this class may be initialised after this one.
    public static LabelJson Readable => field ??=
        new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

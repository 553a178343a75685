// Reads lines {"template": ..., "variables": {...}} and writes lines {"text": ...} or {"kind": ..., "error": ..., "line": ...}.
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CascadeLocal.Templates;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;

RenderOptions options = new() { Clock = new FixedClock() };
JsonSerializerOptions relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
using StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false));
using StreamReader input = new(Console.OpenStandardInput(), Encoding.UTF8);
while (input.ReadLine() is { } line)
{
    using JsonDocument request = JsonDocument.Parse(line);
    Dictionary<string, object> answer = [];
    try
    {
        ChatTemplate template = ChatTemplate.Parse(request.RootElement.GetProperty("template").GetString()!);
        answer["text"] = template.Render(
            request.RootElement.GetProperty("variables").EnumerateObject().ToDictionary(p => p.Name, p => Value.FromJson(p.Value)), options).Text;
    }
    catch (TemplateException e)
    {
        answer["kind"] = e.Kind.ToString();
        answer["error"] = e.Reason;
        answer["line"] = e.Line;
    }

    output.WriteLine(JsonSerializer.Serialize(answer, relaxed));
}

/// <summary>The clock of the renderings in ../shared/data/chat-templates.</summary>
internal sealed class FixedClock : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);
}

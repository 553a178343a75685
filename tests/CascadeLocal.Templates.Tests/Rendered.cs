using System.Text.Json;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;
using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>Short ways to render, and the clock of the published renderings.</summary>
internal static class Rendered
{
    public static readonly RenderOptions Options = new() { Clock = new FixedClock() };

    public static string Text(string template, string variables = "{}", RenderOptions? options = null)
    {
        using JsonDocument json = JsonDocument.Parse(variables);
        return ChatTemplate.Parse(template).Render(Variables(json.RootElement), options ?? Options, TestContext.Current.CancellationToken).Text;
    }

    public static TemplateException Failure(string template, string variables = "{}", RenderOptions? options = null) =>
        Assert.Throws<TemplateException>(() => Text(template, variables, options));

    public static Dictionary<string, Value> Variables(JsonElement json) =>
        json.EnumerateObject().ToDictionary(p => p.Name, p => Value.FromJson(p.Value));

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);
    }
}

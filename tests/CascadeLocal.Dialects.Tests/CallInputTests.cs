using System.Text.Json;
using System.Text.Json.Nodes;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>Arguments as an object, whatever has come of them.</summary>
public sealed class CallInputTests
{
    [Fact]
    public void Arguments_that_were_cut_anywhere_are_an_object()
    {
        const string Arguments = """{"a": [1, {"b": "x\u00e9\\\"}"}, true, []], "c": -1.5e3, "d": null, "e": {}}""";

        Assert.All(Enumerable.Range(0, Arguments.Length), length => Assert.Equal(JsonValueKind.Object, JsonNode.Parse(CallInput.Of(Arguments[..length]))!.GetValueKind()));
        Assert.Equal("""{"a": [1, {"b": "x\u00e9\\\"}"}, true]}""", CallInput.Of(Arguments[..39]));
        Assert.Equal(Arguments, CallInput.Of(Arguments));
        Assert.Equal("{}", CallInput.Of("[1]"));
    }
}

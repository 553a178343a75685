using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Routing.Tests.Judging;

/// <summary>Text features that have names; each is how long the answer is.</summary>
internal sealed class NamedFeatures(params string[] features) : ITextFeatures, ITextReader
{
    public string Name => "named";

    public IReadOnlyList<string> Features => features;

    public ITextReader ReaderOf(string question) => this;

    public float[] Read(string answer) => [.. features.Select(_ => (float)answer.Length)];
}

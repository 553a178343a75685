using System.Collections.Concurrent;

using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Shapes;
using CascadeLocal.Trainer.Tokenizer;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>A small file of each published shape, written when a test first asks for it.</summary>
public sealed class SmallShapes : IDisposable
{
    private static readonly BytePairTokenizer Tokenizer =
        TokenizerFile.Read(Path.Combine(RepositoryPaths.DefaultTier, TokenizerFile.Name));

    private readonly TempFolder _folder = new();
    private readonly ConcurrentDictionary<string, string> _paths = new(StringComparer.Ordinal);

    // The engine's choice of a library goes before llama.cpp's first use.
    static SmallShapes() => NativeLlama.Touch();

    /// <summary>
    /// The architectures, each with its name as a trait: <c>--filter-trait architecture=gemma3</c> runs what there is on one.
    /// </summary>
    public static IEnumerable<TheoryDataRow<string>> All => PublishedShapes.All.Select(shape => new TheoryDataRow<string>(shape.Architecture)
    {
        Traits = { ["architecture"] = [shape.Architecture] },
    });

    /// <summary>The architecture's file, with a ChatML template.</summary>
    public string PathOf(string architecture) =>
        _paths.GetOrAdd(architecture, _ => Write($"{architecture}.gguf", PublishedShapes.Of(architecture).Small(), ChatTemplate.Jinja));

    /// <summary>The architecture's file with a template of its maker's.</summary>
    public string PathWithTemplate(string architecture, string template) =>
        Write($"{architecture}-with-template.gguf", PublishedShapes.Of(architecture).Small(), File.ReadAllText(template));

    public void Dispose() => _folder.Dispose();

    internal string Write(string name, Shape shape, string template)
    {
        string path = Path.Combine(_folder.Path, name);
        ShapeFile.Write(path, shape, new ShapeVocabulary(shape.Control, Tokenizer, shape.Vocabulary), template);
        return path;
    }
}

namespace CascadeLocal.Routing.Embedding;

/// <summary>What is embedded of a text that has more word pieces than the encoder takes.</summary>
public enum LongTextRule
{
    /// <summary>Its beginning and its end, half each: instructions stand at either.</summary>
    HeadAndTail,

    /// <summary>Its beginning, as sentence-transformers does it.</summary>
    Head,
}

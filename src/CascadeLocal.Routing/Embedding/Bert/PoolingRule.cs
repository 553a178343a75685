namespace CascadeLocal.Routing.Embedding.Bert;

/// <summary>How the vectors of a text's tokens become one.</summary>
internal enum PoolingRule
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>That of [CLS].</summary>
    FirstToken,
}

namespace CascadeLocal.Trainer.Tasks;

/// <summary>A kind of question that can be asked with ever new operands and in many phrasings.</summary>
internal interface ITaskFamily
{
    /// <summary>Its name, unique in the catalogue.</summary>
    string Name { get; }

    /// <summary>The topic it belongs to.</summary>
    string Topic { get; }

    /// <summary>Its levels are 1 .. this.</summary>
    int Levels { get; }

    /// <summary>Draws a question of <paramref name="level"/> that belongs to <paramref name="split"/>.</summary>
    TaskExample Draw(Random random, int level, TaskSplit split);
}

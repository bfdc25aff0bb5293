using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Nothing escapes the catalogue.</summary>
public sealed class CoverageTests
{
    private const int LargestCase = 2000;

    [Test]
    public void Catalogue_EveryOperation_HasALine()
    {
        IEnumerable<Type> operations = typeof(Operation).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operation)) && !t.IsAbstract);

        Assert.That(operations.Except(TypesThatRan().Select(Definition)), Is.Empty);
    }

    [Test]
    public void Catalogue_EveryMap_HasALine()
    {
        IEnumerable<Type> maps = typeof(IMap).Assembly.GetTypes().Where(t => t.IsValueType && t.IsAssignableTo(typeof(IMap)));

        Assert.That(maps.Except(TypesThatRan().SelectMany(t => t.GenericTypeArguments)), Is.Empty);
    }

    [Test]
    public void Catalogue_Lines_DifferInNameOrShapes() => Assert.That(OperationCatalogue.All.Select(c => $"{c}"), Is.Unique);

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static HashSet<Type> TypesThatRan()
    {
        using ReferenceBackend backend = new();
        HashSet<Type> types = [];
        foreach (OperationCase operationCase in OperationCatalogue.All.Where(c => c.Operands.Sum(o => o.Shape.Count) < LargestCase))
        {
            using Tape tape = Tape.ForInspection(backend);
            RandomStream random = new(seed: 1, stream: 0);
            Tensor[] operands = [.. operationCase.Operands.Select(o => tape.Input(o.Shape, o.Draw(random), !o.IsConstant))];
            IndexTensor[] indices = [.. operationCase.Indices.Select(o => tape.Indices(o.Shape, o.Draw(random)))];
            operationCase.Build(tape, operands, indices);
            types.UnionWith(tape.Operations.Select(o => o.GetType()));
        }

        return types;
    }
}
